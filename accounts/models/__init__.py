from accounts.models.audit import AuditEvent
from accounts.models.people import Guardianship, Resident
from accounts.models.places import SUSPENSE, Authority, District, DistrictMerger
from accounts.models.residence import Residence
from accounts.models.users import Role, User

__all__ = [
    "SUSPENSE",
    "AuditEvent",
    "Authority",
    "District",
    "DistrictMerger",
    "Guardianship",
    "Residence",
    "Resident",
    "Role",
    "User",
]
