from ipaportal.audit.models.batches import FactBatch
from ipaportal.audit.models.events import AccessEvent, DomainEvent
from ipaportal.audit.models.evidence import Checkpoint, Leaf, Salt, SealedLeaf, Step
from ipaportal.audit.models.incidents import Incident

__all__ = [
    "AccessEvent",
    "Checkpoint",
    "DomainEvent",
    "FactBatch",
    "Incident",
    "Leaf",
    "Salt",
    "SealedLeaf",
    "Step",
]
