"""``gardefou console``: the supervisors' pages beside the gateway, and who may come in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.doors.gateway import NotifySettings, Settings, load_settings, secret_of
from gardefou.errors import UsageError
from gardefou.ledger import Ledger, load_key
from gardefou.service import Service

app = typer.Typer(
    name="console", help="The supervisors' pages, and who may come in.", no_args_is_help=True
)


@app.command("enrol")
@command
def enrol(
    person: Annotated[
        str, typer.Argument(help="The person's name, as the constitution's roles spell it.")
    ],
    *,
    config: Annotated[
        Path, typer.Option("--config", help="The settings file.", metavar="FILE", readable=False)
    ] = Path("gardefou.toml"),
    as_json: AsJson = False,
) -> Exit:
    """Make a link with which a person makes their first passkey: ten minutes, once."""
    settings = load_settings(config)
    if settings.console is None:
        raise UsageError(
            "the settings have no console",
            code="console.none",
            help="add a table [console] with the origin that browsers show",
        )
    from gardefou.console import PATH, enrolment_token  # noqa: PLC0415 - needs an extra

    token = enrolment_token(
        load_key(Path(settings.store.key)),
        tenant=settings.console.tenant,
        person=person,
        now_s=int(time.time()),
    )
    url = f"{settings.console.origin}{PATH}/enrol/{token}"
    if as_json:
        put_json({"person": person, "url": url})
    else:
        put(url)
    note(f"whoever opens it becomes {person}: hand it over in person; it holds for ten minutes")
    return Exit.YES


class ConsoleBeside:
    """The console beside a gateway."""

    def __init__(self, settings: Any, notifier: Any, path: str, clock: Any) -> None:
        """Keep the console's settings until there is a ledger."""
        self.path = path
        self.notify = notifier
        self._settings = settings
        self._clock = clock

    def verifier(self, ledger: Ledger) -> Any:
        """The console's passkeys."""
        from gardefou.console import passkeys_of  # noqa: PLC0415 - needs an extra

        return passkeys_of(ledger, self._settings, self._clock)

    def app(self, service: Service) -> Any:
        """The console's pages."""
        from gardefou.console import Console  # noqa: PLC0415 - needs an extra

        return Console(service, self._settings, clock=self._clock)


def beside(settings: Settings, clock: Any) -> ConsoleBeside | None:
    """The console that the settings ask for.

    Raises:
        UsageError: ``console.extra`` when it is not installed, ``console.origin``.
    """
    table = settings.console
    if table is None:
        return None
    try:
        from gardefou.console import PATH, ConsoleSettings, Notifier, Provider  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            f"the console needs the `console` extra: `{error.name}` is missing",
            code="console.extra",
            help="pip install 'gardefou[console]', or leave the table [console] out",
        ) from None
    provider = None
    if table.provider is not None:
        provider = Provider(
            issuer=table.provider.issuer,
            client_id=table.provider.client_id,
            client_secret=secret_of(table.provider.client_secret),
            claim=table.provider.claim,
            tenant=table.tenant,
        )
    made = ConsoleSettings(
        origin=table.origin,
        passwords=table.passwords,
        tenant=table.tenant,
        tools=table.tools,
        test_users=table.test_users,
        provider=provider,
    )
    made.site()
    notifier = Notifier(channels_of(table.notify), origin=table.origin, on_trouble=_not_delivered)
    return ConsoleBeside(made, notifier, PATH, clock)


def channels_of(settings: NotifySettings) -> list[Any]:
    """The ways to reach people that the settings name.

    Raises:
        UsageError: when a secret is missing.
    """
    from gardefou.console import Chat, Desktop, Mail, Webhook  # noqa: PLC0415 - an extra

    found: list[Any] = []
    if (mail := settings.mail) is not None:
        found.append(
            Mail(
                host=mail.host,
                port=mail.port,
                sender=mail.sender,
                to=mail.to,
                starttls=mail.starttls,
                user=mail.user,
                password="" if mail.password is None else secret_of(mail.password),
            )
        )
    if (hook := settings.webhook) is not None:
        found.append(Webhook(url=hook.url, secret=secret_of(hook.secret)))
    if settings.chat is not None:
        found.append(Chat(url=secret_of(settings.chat)))
    if settings.desktop:
        found.append(Desktop())
    return found


def _not_delivered(channel: str, why: str) -> None:
    note(f"a notice was not delivered by {channel}: {why}")
