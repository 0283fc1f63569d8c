"""What the names of arguments say, as data: words by meaning, and the role of each meaning.

Words are folded (`_words`), singular, in English and French; a compound is written with ``_``.
"""

from __future__ import annotations

from gardefou.constitution.catalogue import DomainType

# meaning -> words that carry it when they are the last of the name, or alone
MEANINGS: dict[str, str] = {
    "money": """
        amount price sum total cost budget salary fee deposit donation tip charge payment bid
        montant prix somme cout salaire don total_amount amt value_usd usd eur euros dollars
        gbp credit wage fund balance
    """,
    "recipient": """
        recipient to cc bcc receiver payee addressee attendee participant guest invitee beneficiary
        destinataire beneficiaire invites audience sendto to_addr forward_to counterparty
        attendees participants recipients payto
    """,
    "address": """
        email mail phone handle contact courriel telephone mobile msisdn mailbox fax email_address
        user_email follower collaborator member_email phone_number whatsapp sender from_address assignee reviewer
    """,
    "iban": "iban bic account_number rib",
    "wallet": "wallet wallet_address destination_account to_account creditor crediteur",
    "person": """
        person patient citizen suspect individual employee candidate applicant student passenger
        personne citoyen suspect individu salarie candidat eleve passager nir ssn plate license_plate
        plaque subject defendant voter detainee resident passport nationalid national_id ssn persons
        people face worker borrower child
    """,
    "user": "user member customer client owner utilisateur membre author account username login names identite",
    "url": "url uri link href website webpage site endpoint webhook callback lien homepage",
    "path": """
        path file filename filepath folder directory dir fichier chemin dossier repertoire cwd
        output_path destination_path attachment document attachments files filenames src_path
        piece_jointe
    """,
    "command": "command cmd shell commande argv args_line commandline bash",
    "query": "sql sql_query requete_sql cypher",
    "code": "code script program python javascript snippet expression_code programme js lambda",
    "secret": """
        password passphrase secret token api_key apikey key_secret otp pin cvv credential
        mot_de_passe mot_passe mdp credentials passcode private_key code_otp access_token jeton passwd pwd
        totp secret_key client_secret
    """,
    "permission": """
        permission role scope right privilege access level access_level droit acl policy visibility
        permissions roles scopes grant autorisation
    """,
    "content": """
        body content text message subject title description comment note caption summary reply
        contenu texte objet sujet titre corps commentaire markdown html payload headline details
        reason_text msg post tweet review prompt question instruction instructions topic data
        blob label tags bio story story_text attachment_text feedback
    """,
    "limit": "limit max count top page size per_page max_results offset n number_results limite nombre k num maximum rows max_rows plafond",
    "filter": """
        query filter keyword keywords search q term pattern category type status sort order_by
        language lang locale genre requete filtre mot_cle recherche where criteria since until
        before after start_date_filter
    """,
    "quantity": "quantity qty quantite nights guests_number adults passengers_count units copies shares volume",
    "at": """
        date time datetime day start end start_time end_time at when deadline due timestamp
        start_day end_day checkin checkout schedule date_time jour heure debut fin echeance
        departure arrival expires expiry send_at month year duration recurrence
    """,
    "case": "case case_number case_id dossier_number warrant numero_dossier affaire requisition mandat",
    "purpose": "purpose reason justification motif motive finalite raison rationale",
    "target": """
        id ids pid name target identifier uuid slug number ref reference key channel repo repository
        branch hotel restaurant product item order device ticket issue event booking project bucket
        table database server instance group team workspace nom identifiant numero reference_number
        cible salle article produit commande appareil room flight
        stock symbol sku package plugin ticker host hostname ip calendar label_id thread ressource resource entity object
        robot drone valve door zone company entreprise hote service function container cluster
        model agent queue charity topic_name playlist song contract policy_id cart course
    """,
    "place": """
        city country street state address zip postal_code province region town ville pays rue adresse
        location origin pickup place lieu first_name last_name full_name surname prenom
        nom_famille zipcode postcode
    """,
    "end": "source destination src dst dest",
    "action": "action operation actions operations steps browser_actions",
    "other": """
        currency devise unit units_name timezone format encoding language_code bool flag verbose
        dry_run force recursive overwrite include exclude sort page_token cursor mode color
        x y z lat lon latitude longitude
    """,
}

# meaning -> role and type, before what the tool does is weighed
ROLE_OF_MEANING: dict[str, tuple[str, DomainType]] = {
    "money": ("amount", "money"),
    "recipient": ("recipients", "party"),
    "address": ("recipients", "party"),
    "place": ("targets", "text"),
    "end": ("targets", "text"),
    "action": ("targets", "text"),
    "iban": ("recipients", "iban"),
    "wallet": ("recipients", "party"),
    "person": ("persons", "person"),
    "user": ("targets", "text"),
    "url": ("urls", "url"),
    "path": ("paths", "path"),
    "command": ("command", "shell"),
    "query": ("query", "sql"),
    "code": ("code", "text"),
    "secret": ("secrets", "text"),
    "permission": ("permission", "text"),
    "content": ("content", "text"),
    "limit": ("limit", "integer"),
    "filter": ("filter", "text"),
    "quantity": ("quantity", "number"),
    "at": ("at", "timestamp"),
    "case": ("case", "text"),
    "purpose": ("purpose", "text"),
    "target": ("targets", "text"),
    "other": ("other", "json"),
}
