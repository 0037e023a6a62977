"""What compliance keeps."""

from compliance.models.checks import CheckResult
from compliance.models.stop_loss import StopLossCover, StopLossRow

__all__ = ["CheckResult", "StopLossCover", "StopLossRow"]
