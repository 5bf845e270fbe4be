"""The one kind of error that people are meant to read."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.words import in_words


class Refused(Exception):
    """A rule said no. Carries a code for machines, a whole sentence for people, and what stands in the way.

    Subclasses are declared where they are raised and set ``code`` and ``sentence`` (translatable, with
    ``%(name)s`` places for the details).
    """

    code: str = "refused"
    sentence: str | Promise = ""

    def __init__(self, **details: object) -> None:
        self.details: Mapping[str, object] = details
        super().__init__(self.code)

    def __str__(self) -> str:
        """The sentence in the language of the page, its days and places in words."""
        return str(self.sentence) % {name: in_words(value) for name, value in self.details.items()}

    def in_source(self) -> tuple[str, dict[str, str]]:
        """Return the sentence before it is translated and its details as plain text, to be kept for later readers."""
        with override("en"):
            return str(self.sentence), {name: str(value) for name, value in self.details.items()}


class OwnProposal(Refused):
    """The four-eyes rule, wherever it applies."""

    code = "own_proposal"
    sentence = _("You proposed this yourself. Another person has to approve it.")
