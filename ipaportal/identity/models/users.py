"""People who sign in, and what they were granted."""

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from ipaportal.core.roles import ROLE_NAMES, Role


class UserManager(BaseUserManager):
    def create_user(self, email: str, name: str, password: str | None = None) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save()
        return user


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person who can sign in, by e-mail address. Accounts are made by invitation only."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    # Django's admin asks these; it is read-only and only for the system administrator.
    @property
    def is_staff(self) -> bool:
        return self.grants.filter(role=Role.SYSTEM_ADMIN).exists()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


@pghistory.track()
class Grant(models.Model):
    """A role given to a person for a party, for a time; ended, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30, choices=[(r.value, n) for r, n in ROLE_NAMES.items()])
    effective_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_date__isnull=True)
                | models.Q(end_date__gte=models.F("effective_date")),
                name="identity_grant_span",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} for {self.party_id}"
