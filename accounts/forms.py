from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Sign in with address and password."""


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):  # type: ignore[misc]
    """Ask for a code by mail."""
