"""Cues in outsiders' prose: it speaks to the agent, or it tells somebody to do something.

1. *Addressing*: prose about the reader's instructions, task, prompt, role, tools or user. People
   who write bills, reviews or tickets do not write about these; who does wants to steer an agent.
2. *Directing*: an obligation or request in any form, imperative, declared or passive.
3. Cues are general language, English and French; no cue is a template of a known attack.
"""

from __future__ import annotations

import re

from gardefou._late import late

_ADDRESSING = late(
    r"""
    \b(?:ignore|disregard|forget|override|bypass|skip|drop|replace|supersedes?|overrides?|cancels?)\b
        [^.\n]{0,40}\b(?:instruct|prompt|context|messages?|tasks?|rules?|guidelines?|polic|(?:previous|prior|above|earlier|former|original)(?!\s+(?:e?mail|order|version|address)))
  | \b(?:previous|prior|above|earlier|original|initial|new|updated|following|these|my|your|hidden|additional|system)\s+(?:set\ of\s+)?(?:instructions?|prompts?|directives?|tasks?\b(?=[^.\n]{0,40}\b(?:i|user|gave|given|assigned|before|first|complete)))
  | \b(?:your|my)\s+(?:\w+\s+)?(?:tasks?|assignment|objective|query|prompt|instructions?)\b[^.\n]{0,40}\b(?:complete|solve|finish|continue|proceed|requires?|gave|given|first|before|until|unless|remain|depends|is\ to|needs?|assigned|must)
  | \b(?:the|this|current)\s+(?:\w+\s+)?(?:task|prompt|instructions?)\b[^.\n]{0,40}\b(?:solve|continue|proceed|i\ gave|you|given\ (?:to|by)|unless|depends)
  | \b(?:before|after|until|once|prior\ to|when|while|in\ order\ to)\s+(?:you|proceeding|continuing|completing|answering|responding|solving|doing|finishing)\b[^.\n]{0,40}\b(?:tasks?|instructions?|request|proceed|continue|answer|respond|original|anything|that|solve|query|else|step)
  | \b(?:ai|llm|language\ model|chat\s?bot|virtual|digital|automated|autonomous|intelligent)\s+(?:assistants?|agents?|models?|systems?|tools?|helpers?)\b
  | \b(?:to|for|dear|hello|hi|hey|attention|note\ to|message\ to|instructions?\ (?:to|for)|as)\s+(?:an?\s+|the\s+|all\s+|any\s+|every\s+|your\s+)?(?:ai\b|llm\b|gpt|claude\b|gemini\b|llama\b|assistants?\b|agents?\b(?!\s+(?:fee|commission))|language\s+models?|chat\s?bots?)
  | \byou\s+are\s+(?:now\s+)?(?:an?|the|my)\s+(?:\w+\s+){0,3}(?:assistant|agent|model|ai|bot)\b
  | \b(?:the|this|our|your)\s+(?:account\s+)?(?:user|owner|principal|operator|account\s?holder|human|customer)s?\s+(?:has|have|had|wants?|wishes|needs?|would|asks?|asked|requests?|requested|requires?|instructs?|instructed|expects?|prefers?|intends?|authori[sz]\w+|approved?s?|confirm\w*|agreed|consent\w*|already|also|gave)\b
  | \bon\s+behalf\s+of\s+(?:the|your)\s+(?:user|owner|operator)
  | \b(?:without|do\s+not|don't|never|no\s+need\s+to)\s+(?:ask|tell|inform|notify|mention|alert|consult|inform|bother|involve|disclos|reveal|confirm|seek|wait|request|warn)\w*\b(?=[^.\n]{0,40}\b(?:user|me|him|her|them|owner|anyone|anybody|confirm|permission|approval|this|it)\b)
  | \b(?:call|use|invoke|run|execute|trigger|using|calling)\s+(?:the\s+)?[`'"“]?\w+[`'"”]?\s+(?:tool|function|api|command|action|endpoint)\b
  | \b[a-z]+(?:_[a-z]+)+\s*\(
  | <\s*/?\s*(?:information|system|instructions?|important|admin|assistant|user|override|prompt|task|developer)\b[^>]{0,40}>
  | \[\s*/?\s*(?:system|inst|instructions?|admin|assistant|developer|important|override)\b[^\]]{0,40}\]
  | (?:^|\n)\s*\#*\s*(?:system|assistant|developer|admin|administrator)\s*(?:message|prompt|note|notice|override|update|instructions?)?\s*:
  | \b(?:system|admin|developer|security)\s+(?:prompt|override|instruction|directive)s?\b
  | (?:^|\n)\s*(?:todo|to-do|to\ do|action\ required|à\ faire|a\ faire)\s*:
  | \b(?:strictly|must|always)\s+(?:adhere|obey|comply|follow)\b
  | \b(?:important|urgent|critical|secret|confidential|private)\s+(?:message|instructions?|notice|note|task)\s+(?:from|to|for)\b
  | \b(?:ignore[rz]?|oublie[rz]?|contourne[rz]?|remplace[rz]?)\b[^.\n]{0,40}\b(?:instruction|consigne|tâche|tache|règle|regle|précédent|precedent|message)
  | \b(?:tes|vos|les|ces|nouvelles|mes)\s+(?:nouvelles\s+)?(?:instructions?|consignes?|directives?)\b
  | \b(?:ta|votre|cette|la)\s+tâche\b[^.\n]{0,40}\b(?:demand|confi|initiale|continu|termin|avant|exige|requiert|nécessite)
  | \bavant\s+de\s+(?:poursuivre|continuer|répondre|repondre|terminer|traiter|faire|accomplir|finir)
  | \b(?:assistant|agent|modèle|modele)\s+(?:ia|virtuel|de\s+langage|conversationnel|numérique|automatique)\b|\bintelligence\s+artificielle\b
  | \bl['’ ]?\s*(?:utilisateur|utilisatrice|opérateur|titulaire)\s+(?:du\s+compte\s+)?(?:a|veut|souhaite|demande|désire|doit|exige|attend|autorise|préfère|voudrait|confirme|approuve)\b
  | \bsans\s+(?:le|la|l['’]|en|rien|lui|me)?\s*(?:demander|prévenir|prevenir|informer|avertir|consulter|dire|confirmation|attendre)
  | \b(?:appelle[rz]?|utilise[rz]?|exécute[rz]?|invoque[rz]?)\s+(?:l['’]|la\s+|le\s+)?(?:outil|fonction|commande)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_DIRECTING = late(
    r"""
    \b(?:please|kindly|must|have\ to|has\ to|need\ to|needs?\ to|should|shall|ought\ to|required?
    |requires?|be\ sure|make\ sure|ensure|you\ can|you\ could|you\ may|would\ you|could\ you|can\ you
    |want(?:s|ed)?|wish(?:es)?|would\ like|asks?|request(?:s|ed)?|instructs?|authori[sz]ed?|expected
    |necessary|mandatory|due|supposed|remember|don't\ forget|let's|asap|immediately|urgent(?:ly)?
    |veuillez|merci\ de|prière\ de|doi[ts]|doivent|devez|faut|faudrait|il\ est\ nécessaire|souhaite
    |veut|voudrait|demande|exige|requiert|obligatoire|pensez\ à|assurez|il\ convient|svp|s['’]il\ (?:te|vous))\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def addresses_agent(text: str) -> bool:
    """Tell whether prose speaks to whoever reads it for a user, about instructions or the task."""
    return _ADDRESSING.search(text) is not None


def directs(text: str) -> bool:
    """Tell whether a sentence holds an obligation or a request, in whatever form."""
    return _DIRECTING.search(text) is not None
