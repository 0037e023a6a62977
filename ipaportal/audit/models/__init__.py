from ipaportal.audit.models.batches import FactBatch
from ipaportal.audit.models.events import AccessEvent, DomainEvent
from ipaportal.audit.models.incidents import Incident

__all__ = ["AccessEvent", "DomainEvent", "FactBatch", "Incident"]
