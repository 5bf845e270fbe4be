"""Seals: what was sealed in which order, and the signed heads of the tree. Beside the transfers, never in them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.models.transfers import Transfer


class SealReason(models.TextChoices):
    DAILY = "daily", _("Daily")
    CLOSE = "close", _("A month was closed")
    BY_HAND = "by_hand", _("Asked for by a person")


class SealedLeaf(models.Model):
    """A transfer's place in the tree, given by the one who seals, from 0 without a gap; ``hash`` is of its leaf."""

    sequence = models.BigIntegerField(primary_key=True, db_column="id")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="leaf")
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return str(self.sequence)


class SealedSubtree(models.Model):
    """The root over the ``1 << level`` leaves from ``place << level`` on, kept so that a proof reads few leaves.

    Stored as soon as these leaves are there: in the order of ``id``, a subtree comes after those it is made of.
    """

    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["level", "place"], name="sealed_subtree_is_stored_once")]


class SigningKey(models.Model):
    """A public key that has signed heads. Keys that are no longer used stay."""

    kid = models.CharField(max_length=64)
    jwk = models.JSONField()
    first_used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["kid"], name="signing_key_is_kept_once")]

    def __str__(self) -> str:
        return self.kid


class TreeHead(models.Model):
    """The tree of the first ``size`` leaves, signed, and chained to the head before.

    ``jws`` says it all; the columns repeat it. ``previous`` is the SHA-256 of the JWS before, in hexadecimal. Every
    transfer of a month up to ``closed_through`` is among the leaves.
    """

    number = models.BigIntegerField(primary_key=True, db_column="id")
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    closed_through = models.DateField(null=True)
    reason = models.CharField(max_length=10, choices=SealReason.choices)
    at = models.DateTimeField()
    kid = models.CharField(max_length=64)
    jws = models.TextField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["previous"], name="tree_head_is_followed_once")]

    def __str__(self) -> str:
        return str(self.number)
