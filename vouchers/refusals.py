"""What the rules of vouchers refuse when no single verb owns the rule."""

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused


class NoVoucher(Refused):
    code = "no_voucher"
    sentence = _("%(resident)s holds no voucher of %(programme)s.")


class NotValidYet(Refused):
    code = "not_valid_yet"
    sentence = _("This voucher is valid from %(valid_from)s on, not on %(day)s.")


class Expired(Refused):
    code = "expired"
    sentence = _("This voucher was valid until %(valid_until)s and can no longer be used for %(day)s.")


class Revoked(Refused):
    code = "revoked"
    sentence = _("This voucher was revoked on %(ended_on)s. The district office of the resident can say why.")


class Died(Refused):
    code = "died"
    sentence = _("%(resident)s died on %(day)s. Nothing takes effect on that day or later.")


class LeftArea(Refused):
    code = "left_area"
    sentence = _("%(resident)s left the participating area on %(day)s. Record first that the person came back.")


class MergedPerson(Refused):
    code = "merged_person"
    sentence = _("The entry %(number)s belongs to the same person as %(kept)s. Use %(kept)s.")


class Duplicate(Refused):
    code = "duplicate"
    sentence = _(
        "This voucher ended on %(ended_on)s, as two entries of one person were merged. Use the person's other one."
    )


class ClaimTooLate(Refused):
    code = "claim_too_late"
    sentence = _("This voucher ended on %(ended_on)s, and what was used before could be claimed until %(until)s.")
