from accounts.models.audit import AuditEvent
from accounts.models.life import (
    Death,
    DeathTakenBack,
    DoubleRegistration,
    DoubleRegistrationAnswer,
    MergeTakenBack,
    RegistrationFinding,
    ResidentMerge,
)
from accounts.models.people import Guardianship, Resident
from accounts.models.places import HUB, SUSPENSE, Authority, District, DistrictMerger
from accounts.models.residence import Residence
from accounts.models.users import Role, User

__all__ = [
    "HUB",
    "SUSPENSE",
    "AuditEvent",
    "Authority",
    "Death",
    "DeathTakenBack",
    "District",
    "DistrictMerger",
    "DoubleRegistration",
    "DoubleRegistrationAnswer",
    "Guardianship",
    "MergeTakenBack",
    "RegistrationFinding",
    "Residence",
    "Resident",
    "ResidentMerge",
    "Role",
    "User",
]
