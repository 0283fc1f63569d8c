"""Words as data: which words say that a verb is a request, English and French.

Folded: lower case, without accents.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


DETERMINERS = words(
    """
    the a an my your his her their our its this that these those last first next
    previous new latest recent each every any all some no of in on by from via with per
    received unread sent other same s old whole current open pending urgent monthly
    weekly daily second third more le la les un une mon ma mes ton ta tes son sa ses
    notre nos votre vos leur leurs ce cet cette ces du des de d l chaque dernier
    derniere prochain prochaine par en dans sur avec aucun
    """
)
SUBJECTS = words(
    """
    i he she they it we who which il elle ils elles on qui je nous that
    """
)
ADVERBS = words(
    """
    usually also just already often always normally really still then only
    """
)
AUXILIARIES = words(
    """
    have has had was were been be being is are am got did ai as a avons avez ont est ete
    suis sommes etes sont etait etaient avait avais
    """
)
NEGATIONS = words(
    """
    n not don never without cannot doesn didn shouldn ne pas sans jamais avoid
    """
)
REMIND = words(
    """
    forget hesitate fail oublie oublier oubliez hesite hesitez
    """
)
QUESTION = words(
    """
    what how who whom whose when where which why is are was were do does did am has have
    quel quelle quels quelles combien qui quand ou pourquoi comment est
    """
)
GERUND_AFTER = words(
    """
    mind consider start of about by in with without suggest recommend proceed help
    """
)
CONTRACTED = frozenset({"m", "re", "s", "ve"})
WISHED_STATE = frozenset({"be", "ensure", "sure", "get"})  # "make sure that it is locked"
WANTING = words(
    """
    need want require like facilitate arrange proceed initiate place make do get have
    book request submit issue process perform schedule voudrais veux besoin faire passer
    effectuer demander demande souhaite
    """
)
MODALS = words(
    """
    must should shall will would can could may dois doit devez faut
    """
)
INFINITIVE_AFTER = words(
    """
    to please and or then kindly you also now just first not can could may will would et
    ou puis de veuillez alors aussi pouvez peux pourrais pourriez voudrais
    """
)


PRONOUNS = words(
    """
    it them that this these those one ones le la les lui leur en ceci cela ca celui
    celle ceux
    """
)


# Verbs that people use towards an agent for more than a tool's author does.
SAID: dict[str, tuple[str, ...]] = {
    word: tuple(acts.split())
    for acts, words in (
        (
            "send",
            """tell ask write answer reply confirm remind inform explain thank invite
            dire dis dites demander demande demandez ecrire ecris ecrivez repondre reponds repondez
            confirmer confirme confirmez rappeler rappelle expliquer explique signaler""",
        ),
        ("send publish grant change", "give pass donner donne donnez"),
        ("create change buy", "take arrange secure prendre prends prenez prevoir prevois"),
        (
            "create change",
            """put organise organize set plan start note initiate mettre mets mettez
            organiser organise organisez fixer fixe fixez noter note notez lancer lance lancez""",
        ),
        ("pay change", "settle square regler regle reglez"),
        ("send publish", "affiche afficher affichez previens prevenez remets remettez rappelez"),
        ("create grant buy", "inscris inscrivez enrol"),
        ("create send", "soumets soumettez"),
        ("pay send", "rends rendez renvoie renvoyez"),
        ("delete", "enleve enlevez ote otez jette jetez"),
        ("buy", "achete achetez"),
        ("send grant upload", "transmets transmettre transmettez transmet pass_on relay"),
    )
    for word in words.split()
}


ONLY = words(
    """
    confirm confirmer confirme confirmez
    """
)  # to tell, not to sign
NEVER = words(
    """
    pour du des est is are has have avoir etre be dit does ete new
    """
)

# Pronouns that are as often articles or stand before their noun.
BOTH = words("le la les leur en that this these those one ones")
