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
