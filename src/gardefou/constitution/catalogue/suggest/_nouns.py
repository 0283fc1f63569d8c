"""Nouns as data: the things that tools act on, in English and French, by class.

A class is what matters about a thing for an effect: a *message* leaves, *money* moves, a *secret*
opens doors. A word may stand in several classes. Vendors and products stand with the class of what
they hold, so that a namespace (``slack.post``) says as much as a noun.
"""

from __future__ import annotations

NOUNS: dict[str, str] = {
    "message": """
        email mail message sms text fax letter inbox outbox mailbox chat dm thread newsletter reply
        notification voicemail whatsapp telegram signal gmail outlook exchange imap smtp mailchimp
        sendgrid twilio slack teams discord mattermost messenger imessage matrix conversation
        correspondence memo telegram attachment invitation invite reminder alert announcement
        courriel courrier messagerie lettre boite conversation notification pli missive
        sendmail phonecall call appel mms push
    """,
    "public": """
        post tweet blog article wiki wikipedia story reel timeline feed forum reddit twitter
        facebook instagram linkedin tiktok youtube mastodon bluesky medium wordpress site website
        podcast video livestream press advertisement ad campaign listing gist
        publication billet annonce tribune communique vitrine landing pastebin hashtag
        subreddit pinterest threads hackernews toot
    """,
    "review": """
        review comment rating feedback testimonial answer question opinion survey poll
        commentaire avis note_avis critique sondage
    """,
    "work": """
        issue ticket task todo bug story card board sprint milestone epic jira trello asana linear
        zendesk incident case request pr pull_request merge_request changeset note notion
        confluence project workflow kanban checklist reminder job alarm_clock timer form
        tache carte projet dossier fiche demande reclamation formulaire
    """,
    "channel": """
        channel group room workspace server guild team community mailing_list salon groupe
        equipe canal
    """,
    "file": """
        file folder directory document doc docs drive dropbox box onedrive sharepoint s3 bucket
        object blob archive zip pdf spreadsheet sheet excel csv presentation slide notebook image
        photo picture audio recording attachment path disk volume backup snapshot filesystem
        fichier dossier repertoire document classeur feuille image piece_jointe sauvegarde gdrive
        gdocs gsheets template draft brouillon paste clipboard media upload download transcript
        contract_file report rapport
    """,
    "event": """
        event calendar meeting appointment agenda reminder slot schedule shift availability
        evenement calendrier reunion rendezvous rdv creneau planning
    """,
    "web": """
        web webpage website url link page site browser html http https domain search_engine google
        bing duckduckgo internet online tab google_search serp rss feed news headline article
        crawler lien navigateur toile actualite wikipedia arxiv webhook endpoint api
        paper publication
    """,
    "data": """
        record row table database db column entry item data dataset collection field value
        object entity key_value cache index document metadata attribute property resource setting
        preference configuration config option variable parameter state profile account
        enregistrement ligne base donnee donnees champ valeur parametre compte registre etat
        postgres mysql sqlite mongodb redis bigquery snowflake airtable dynamodb supabase firestore
        elasticsearch catalog inventory stock
    """,
    "money": """
        money fund cash payment transaction transfer wire payout refund deposit withdrawal loan
        donation tip salary payroll rent fee fine tax charge paypal stripe venmo zelle bitcoin
        crypto ether ethereum token_amount coin wallet sepa swift remittance standing_order
        direct_debit credit debit wage budget
        argent virement paiement versement remboursement prelevement don salaire loyer amende impot
        somme cagnotte frais solde_a_payer paie deposit
    """,
    "invoice": """
        account_statement invoice bill receipt quote estimate statement facture devis recu quittance
    """,
    "trade": """
        stock share_lot bond etf security portfolio position trade crypto forex option_contract
        futures order_book margin action_boursiere titre valeur_mobiliere portefeuille
    """,
    "order": """
        order purchase booking reservation ticket flight hotel room table ride taxi cab trip tour
        subscription membership_plan plan insurance policy_contract lease rental delivery shipment
        seat train bus cruise restaurant appointment food pizza meal groceries uber lyft airbnb
        commande achat reservation billet vol hotel chambre trajet abonnement assurance location
        livraison repas course siege voiture car accommodation lodging vacation package_tour
        checkout offer deal proposal tender bid nda agreement contract terms lease mortgage
        contrat accord offre bail
    """,
    "cart": """
        cart basket wishlist shopping_list panier caddie favorites watchlist playlist queue
        bag itinerary draft_order
    """,
    "secret": """
        password passphrase passcode credential secret api_key apikey private_key ssh_key token
        otp totp 2fa mfa pin cvv vault keychain keystore certificate seed_phrase mnemonic
        access_key access_token login_code cookie session_token recovery_code
        mot_de_passe motdepasse identifiant_secret cle_privee cle_api jeton coffre certificat
        code_secret lastpass bitwarden onepassword keepass signing_key passwd pwd credentials
    """,
    "right": """
        access permission role right privilege membership admin owner ownership acl sharing iam
        policy_binding visibility moderator maintainer authorization sudoers authority privacy
        acces droit privilege adhesion habilitation autorisation administrateur confidentialite
        entitlement clearance passcode_access keycard badge_access access_code
    """,
    "member": """
        member collaborator participant user guest attendee contributor teammate invitee reviewer
        membre collaborateur utilisateur invite participant moderateur
    """,
    "account": """
        account login session registration signup compte inscription
        registration workspace_account subscription_account mailbox_account subscriber
    """,
    "security": """
        firewall antivirus mfa_policy encryption guard guardrail monitoring_system protection
        security policy defender siem ids ips waf quarantine sandbox seccomp selinux tls ssl
        rate_limit security_group watchdog oversight safeguard compliance_check security_system
        intrusion interlock edr permission_check content_filter allowlist
        pare_feu parefeu antivirus securite chiffrement protection garde_fou supervision
        politique_securite surveillance safety
    """,
    "trail": """
        log logging audit audit_log traceability trace journal journalisation tracabilite history
    """,
    "alarm": """
        alarm alarme cctv camera_feed lock monitor backup_policy sensor detector capteur verrou
        alert alerting monitoring backup sauvegarde
    """,
    "target": """
        target cible objective enemy hostile intruder combatant attacker insurgent vessel_target
        convoy bunker position_hostile ennemi intrus assaillant objectif
    """,
    "code": """
        command shell script code bash python javascript sql statement terminal console powershell
        notebook_cell cell snippet process container docker job program function lambda macro
        pipeline kernel interpreter cmd stored_procedure cron cronjob binary executable playbook
        kubectl ansible terraform query_raw subprocess repl workflow_dispatch workflow
        commande script programme processus
    """,
    "repo": """
        repo repository branch commit tag git github gitlab bitbucket pull_request merge_request pr
        codebase fork release_tag diff depot branche
    """,
    "software": """
        package software plugin plug_in extension app library dependency module addon
        driver firmware mcp_server apk
        paquet logiciel greffon module dependance
    """,
    "service": """
        server service vm instance cluster pod deployment node namespace stack function_app
        database_instance network subnet vpc dns zone load_balancer queue topic stream aws azure gcp
        kubernetes heroku vercel netlify cloudflare infrastructure droplet serveur reseau machine
    """,
    "person": """
        protest demonstration rally manifestation rassemblement cortege
        person people citizen suspect offender defendant protester demonstrator
        voter migrant refugee detainee inmate witness
        license_plate criminal_record background_check phone_record
        biometric face fingerprint gait iris criminal inhabitant
        activist dissident journalist personal_data
        personne citoyen suspect manifestant manifestante electeur migrant detenu
        temoin victime casier visage foule habitant militant journaliste opposant
        antecedent prisonnier refugie immigre immigrant prisoner passerby
    """,
    "candidate": """
        asylum credibility recidivism suitability employment emploi embauche_dossier
        candidate applicant employee worker borrower tenant student customer_risk creditworthiness
        resume cv application loan_application claimant beneficiary performance
        candidat candidature salarie employe locataire etudiant eleve emprunteur allocataire
        beneficiaire
    """,
    "subject": """
        personal_info user customer contact client patient member employee staff lead subscriber follower friend
        guest author profile address_book medical_record health_record prescription phone_number
        utilisateur client patient adherent abonne ami membre agent_public assure salarie
        crm salesforce hubspot directory annuaire
    """,
    "machine": """
        robot drone vehicle gripper rover uav quadcopter truck tractor crane conveyor valve pump
        motor actuator door gate garage thermostat heater hvac light lamp lights bulb fan oven
        blinds shutter lawnmower vacuum printer_3d turbine reactor breaker relay plc sprinkler
        brake gear clutch handbrake frein engine elevator forklift boat aircraft camera_ptz ptz
        device appliance smart_plug plug switch infusion_pump ventilator pacemaker defibrillator
        manipulator joint servo spindle laser window_motor garage_door stove kettle car_door
        robot drone vehicule bras pince vanne pompe moteur porte portail barriere thermostat
        chauffage climatisation lumiere lampe volet four machine_outil grue convoyeur ascenseur
        tracteur capteur_actif appareil ecluse aiguillage eclairage ampoule waypoint altitude
        agv amr rudder helm winch hoist sluice railway_signal propeller thruster nozzle syringe_pump cnc
        treuil gouvernail helice buse seringue locomotive tramway actionneur verin
        trajectory homeassistant barrier traffic_light furnace boiler water_supply dam
    """,
    "weapon": """
        weapon missile gun rifle turret munition bomb torpedo warhead grenade taser artillery
        payload_release ammunition cannon landmine explosive lethal arme missile fusil tourelle
        munition bombe torpille ogive explosif projectile
    """,
    "agent": """
        agent subagent sub_agent assistant worker_agent crew swarm coworker bot copilot autogpt
        sous_agent sous_agents llm chatbot
    """,
    "math": """
        number integer float fraction decimal matrix vector operand numerator nombre entier equation
        array tuple polynomial regression distribution probability statistic average mean median
        deviation variance logarithm integral derivative addition multiplication subtraction division
    """,
    "location": """
        location position whereabouts gps geolocation geolocalisation movement presence
        coordinates phone smartphone mobile telephone
        localisation deplacement emplacement portable
    """,
    "open": """
        public publicly anyone everyone everybody publique tous
    """,
    "filing": """
        lawsuit complaint claim tax_return petition appeal plainte recours declaration requete
    """,
    "human": """
        human humain operator_desk representative supervisor conseiller superviseur agent_human
        support_desk live_agent
    """,
    "fact": """
        balance iban rate price weather date time day today now temperature forecast currency distance
        area volume_math sum average number factorial prime matrix equation triangle circle
        statistic score_game population_statistic definition synonym timezone exchange_rate solde
        prix meteo heure taux distance nombre surface moyenne vitesse capacity uptime health
        version quota limit cours stock_price elevation route direction map coordinates
        address postal_code country city holiday sunrise tide opening_hours availability
        adresse ville pays horaire jour mois annee itineraire
    """,
    "unit": """
        liter litre gallon mile kilometer kilometre km meter metre foot feet inch centimeter
        centimetre cm mm kg kilogram kilogramme pound gram gramme ounce celsius fahrenheit kelvin mph
        kmh knot hour minute second acre hectare byte kilobyte megabyte binary decimal hex
        hexadecimal radian degree roman json xml csv yaml markdown base64 rgb ascii
    """,
    "product": """
        product catalog sku menu offer item merchandise produit catalogue article_vente listing
    """,
}

# Nouns that are an act of their own once they are created, made, placed, requested, processed.
ACTION_NOUNS: dict[str, str] = {
    word: act
    for act, words in {
        "pay": """payment transfer refund donation deposit withdrawal payout remittance
            standing_order direct_debit transaction tip charge paiement virement versement
            remboursement prelevement don retrait wire disbursement reimbursement loan topup""",
        "buy": """ride taxi cab flight hotel order purchase booking reservation subscription bid contract trade rental lease
            commande achat reservation souscription abonnement contrat location offer checkout
            appointment_booking signature agreement enrollment""",
        "send": """notification message email sms call invitation_mail courriel appel envoi
            mail text reply newsletter phonecall""",
        "publish": """post tweet publication announcement comment advertisement ad annonce billet review
            feedback testimonial avis commentaire""",
        "delete": """deletion removal cancellation cleanup suppression annulation resiliation
            purge wipe""",
        "grant": """invitation grant membership permission invite habilitation autorisation
            acces access role collaborator""",
        "revoke": "revocation ban suspension exclusion",
        "install": "installation install",
        "execute": """execution command script shell terminal code deployment build pipeline macro
            cronjob cron commande_shell job query_raw workflow playbook program""",
        "monitor": "surveillance tracking wiretap interception geolocation pistage filature",
        "force": "strike attack shot tir frappe engagement detonation",
        "judge": "profiling scoring profilage notation",
        "harvest": "harvesting fichage",
        "read": """screenshot photo snapshot picture search query lookup scan check recherche consultation report status
            verification_read inspection listing""",
        "compute": """calculation computation conversion translation estimate analysis calcul simulation summary
            regression logarithm deviation addition multiplication subtraction division factorial
            average median variance sum integral test t_test inference probability""",
        "change": "update modification edit change migration reset merge",
        "upload": "upload export backup sync",
        "visit": "navigation download crawl",
        "delegate": "delegation handover subagent agent sub_agent sous_agent handoff",
        "login": "login authentication connexion authentification verification session",
        "move": "movement takeoff landing mouvement decollage atterrissage mission",
    }.items()
    for word in words.split()
}

# Two words that are one noun.
NOUN_PHRASES: dict[tuple[str, str], str] = {
    ("tax", "return"): "tax_return",
    ("api", "key"): "api_key",
    ("private", "key"): "private_key",
    ("ssh", "key"): "ssh_key",
    ("access", "key"): "access_key",
    ("access", "token"): "access_token",
    ("signing", "key"): "signing_key",
    ("seed", "phrase"): "seed_phrase",
    ("recovery", "code"): "recovery_code",
    ("mot", "passe"): "mot_de_passe",
    ("cle", "api"): "cle_api",
    ("cle", "privee"): "cle_privee",
    ("code", "secret"): "code_secret",
    ("pull", "request"): "pull_request",
    ("merge", "request"): "merge_request",
    ("mailing", "list"): "mailing_list",
    ("standing", "order"): "standing_order",
    ("direct", "debit"): "direct_debit",
    ("license", "plate"): "license_plate",
    ("criminal", "record"): "criminal_record",
    ("background", "check"): "background_check",
    ("phone", "record"): "phone_record",
    ("phone", "number"): "phone_number",
    ("medical", "record"): "medical_record",
    ("health", "record"): "health_record",
    ("exchange", "rate"): "exchange_rate",
    ("access", "code"): "access_code",
    ("public", "key"): "ssh_key",
    ("personal", "data"): "personal_data",
    ("personal", "info"): "personal_info",
    ("personal", "information"): "personal_info",
    ("account", "statement"): "account_statement",
    ("interest", "rate"): "exchange_rate",
    ("stock", "price"): "stock_price",
    ("shopping", "list"): "shopping_list",
    ("audit", "log"): "audit_log",
    ("security", "group"): "security_group",
    ("rate", "limit"): "rate_limit",
    ("two", "factor"): "2fa",
    ("second", "factor"): "2fa",
    ("factor", "authentication"): "2fa",
    ("sub", "agent"): "sub_agent",
    ("sous", "agent"): "sous_agent",
    ("human", "agent"): "human",
    ("live", "agent"): "human",
    ("support", "agent"): "human",
    ("real", "agent"): "human",
    ("pare", "feu"): "pare_feu",
    ("piece", "jointe"): "piece_jointe",
    ("search", "engine"): "search_engine",
    ("infusion", "pump"): "infusion_pump",
    ("traffic", "light"): "traffic_light",
    ("railway", "signal"): "railway_signal",
    ("syringe", "pump"): "syringe_pump",
    ("glue", "gun"): "appliance",
    ("heat", "gun"): "appliance",
    ("nail", "gun"): "appliance",
    ("spray", "gun"): "appliance",
    ("lathe", "turret"): "appliance",
    ("end", "effector"): "manipulator",
    ("garage", "door"): "garage_door",
    ("postal", "code"): "postal_code",
    ("zip", "code"): "postal_code",
    ("time", "zone"): "timezone",
    ("opening", "hours"): "opening_hours",
    ("mcp", "server"): "mcp_server",
}
