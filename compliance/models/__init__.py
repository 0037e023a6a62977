"""What compliance keeps."""

from compliance.models.checks import CheckResult

__all__ = ["CheckResult"]
