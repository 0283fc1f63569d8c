"""Names of things in programs that show a grave effect: weapons, the population, protection.

1. Only names count: of programs, functions, modules, tables, places in an address. Prose in
   comments and strings says nothing.
2. A name is split into words (camel case, underscores) and looked up in the lexicon of tools.
3. Words that programmers use for something else (a target, a bullet, a listener that fires) do
   not count by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of the lexicon's class of weapons that mean something harmless in programs.
_NO_WEAPON = _set(
    "target bullet lethal gun payload_release strike_package tir projectile arme cannon bomb combatant"
)
_WEAPONS = _set("launcher lanceur firecontrol gunnery canon bombe lethality")
_FORCE = _set("""fire shoot strike engage detonate tase neutralize neutralise bombard incapacitate tirer engager
    frapper neutraliser larguer abattre bombarder detoner explode tir feu""")
_RELEASE = _set("""launch release arm drop trigger activate aim designate lancer liberer armer declencher activer viser
    lock_on attack attaquer""")
_ALWAYS_FORCE = _set("detonate tase incapacitate bombard bombarder")
_NOBODY = _set("""person people personne human humain face visage iris gait fingerprint witness temoin victime
    criminal foule biometric personal_data antecedent background_check phone_record casier journalist
    militant activist opposant""")
_POPULATION = _set("""resident inhabitant population taxpayer contribuable passenger passager traveller traveler voyageur
    allocataire patient elector household foyer msisdn imsi mobilizing pensioner retraite assure believer
    worshipper croyant fidele""")
_REGISTERS = _set(
    "registers registres census recensement bornage cell_site cellsite msisdn etat_civil"
)
_SOMEBODY = _set(
    "person subscriber abonne personne owner holder titulaire msisdn citizen civil name nom"
)
_SENSITIVE = _set(
    "religion confession faith ethnicity ethnie race sexuality orientation political party_member union syndicat"
    " croyance"
)
_NO_PROTECTION = _set(
    "lock log logging trace policy protection monitor security_group rate_limit tls ssl camera_feed backup_policy"
    " sandbox quarantine surveillance safety journal supervision compliance_check watchdog"
)
_PROTECTION = _set("alarme logging journalisation auditd syslog")
_DISABLE = _set("""disable bypass circumvent suppress evade tamper disarm deactivate unprotect defeat stop kill
    desactiver contourner neutraliser masquer couper turn_off""")
_WATCHING = _set("""surveil wiretap intercept eavesdrop geolocate spy stalk surveiller pister intercepter geolocaliser
    espionner traquer deanonymize deanonymise unmask identify reidentify recognize recognise track""")
_FOLLOWED = _set(
    "face visage crowd foule passerby protester demonstrator manifestant citizen citoyen"
)
_JUDGING = _set("score rank judge profile noter evaluer classer profiler grade assess")


@lru_cache(maxsize=8192)
def words_of(name: str) -> frozenset[str]:
    """The words of a name in their base forms, those that stand together joined too."""
    # The lexicon imports the catalogue, whose front door imports this.
    from gardefou.constitution.catalogue.suggest import (  # noqa: PLC0415 - a circle otherwise
        lemma,
        name_words,
        verb_of,
    )

    plain = name_words(name)
    pairs = {f"{a}_{b}" for a, b in pairwise(plain)}
    found = {*plain, *pairs}
    found.update(lemma(word) for word in plain)
    found.update(verb_of(word) for word in plain)
    found.update(word.removesuffix("s") for word in (*plain, *pairs))
    return frozenset(found - {""})


@lru_cache(maxsize=8192)
def _classes(word: str) -> frozenset[str]:
    from gardefou.constitution.catalogue.suggest import (  # noqa: PLC0415 - as in `words_of`
        nouns_of,
    )

    return nouns_of(word)


def _all(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in words_of(name)}


def is_weapon(words: Iterable[str]) -> bool:
    """Whether one of the words names a weapon and nothing else."""
    return any(
        word in _WEAPONS or ("weapon" in _classes(word) and word not in _NO_WEAPON)
        for word in words
    )


def fires(names: Sequence[str], *, is_armed: bool = False) -> bool:
    """Whether the names of one call make a weapon act; the last names what is done.

    ``is_armed`` says that a weapon is named somewhere else in the program.
    """
    done = words_of(names[-1])
    if done & _ALWAYS_FORCE:
        return True
    if done & _FORCE:
        return is_armed or is_weapon(_all(names))
    return bool(done & _RELEASE) and is_weapon(_all(names) - _WEAPONS)


def names_population(*names: str) -> bool:
    """Whether the names speak of the people at large, or of a register of them."""
    words = _all(re.split(r"[/?&=.\s]+", " ".join(names)))
    if words & _POPULATION or any(
        "person" in _classes(word) and word not in _NOBODY for word in words
    ):
        return True
    return bool(words & _REGISTERS) and bool(words & _SOMEBODY)


def is_sensitive(column: str) -> bool:
    """Whether a column holds what a person believes, loves or descends from."""
    return bool(words_of(column) & _SENSITIVE)


def weakens(names: Iterable[str]) -> bool:
    """Whether the names of one call switch a protection off."""
    words = _all(names)
    return bool(words & _DISABLE) and any(
        word in _PROTECTION or ("security" in _classes(word) and word not in _NO_PROTECTION)
        for word in words
    )


def watches(names: Iterable[str]) -> bool:
    """Whether the names of one call follow or recognise people."""
    words = _all(names)
    return bool(words & _WATCHING) and (bool(words & _FOLLOWED) or names_population(*names))


def judges(names: Iterable[str]) -> bool:
    """Whether the names of one call score or rank people at large."""
    return bool(_all(names) & _JUDGING) and names_population(*names)
