from credentialing.models.participations import Participation
from credentialing.models.practices import Location, Practice
from credentialing.models.practitioners import Practitioner

__all__ = ["Location", "Participation", "Practice", "Practitioner"]
