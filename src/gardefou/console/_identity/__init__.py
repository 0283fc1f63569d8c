"""Who is at the console: accounts, passkeys, passwords, single sign-on, sessions."""

from gardefou.console._identity._accounts import Accounts, Credential, Person, SignedIn
from gardefou.console._identity._enrolment import enrolment_token, open_enrolment
from gardefou.console._identity._oidc import Provider, SingleSignOn
from gardefou.console._identity._passkeys import Passkeys, Site
from gardefou.console._identity._passwords import check_password, hash_password
from gardefou.console._identity._tickets import Tickets

__all__ = [
    "Accounts",
    "Credential",
    "Passkeys",
    "Person",
    "Provider",
    "SignedIn",
    "SingleSignOn",
    "Site",
    "Tickets",
    "check_password",
    "enrolment_token",
    "hash_password",
    "open_enrolment",
]
