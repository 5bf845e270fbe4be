from accounts.models.audit import AuditEvent
from accounts.models.people import Guardianship, Resident
from accounts.models.places import Authority, District
from accounts.models.residence import Residence
from accounts.models.users import Role, User

__all__ = ["AuditEvent", "Authority", "District", "Guardianship", "Residence", "Resident", "Role", "User"]
