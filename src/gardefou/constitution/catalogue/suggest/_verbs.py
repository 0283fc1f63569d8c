"""Verbs as data: what people call the things that tools do, in English and French.

An *act* is a family of verbs that do the same kind of thing; which effect it has depends on its
object (`_rules`). ``~`` before a word marks one that is as often a noun (an order, a book): it
counts as a verb only where a verb must stand. French words are written without accents, as all
words are compared.
"""

from __future__ import annotations

from gardefou.constitution.catalogue.suggest._words import word_set

# act -> words. A word may stand in several acts; the first act listed is the one used when the
# object does not decide.
ACTS: dict[str, str] = {
    "read": """
        get fetch retrieve read list show view display see find search lookup look describe
        inspect count ~query peek preview return obtain browse ~compare ~output wc du df cd pwd ps netstat traceroute nslookup whois
        identify detect tell determine examine explore enumerate ~poll lookup know understand
        ~access discover is has exist ~match locate ~filter provide ~pull
        ~recommend suggest ~report grep cat head tail glob ~stat ls whoami ~help ~view ~status
        ~history ~info ~information ~details ~detail gather ~collect receive ~scan ~sample ~lookup ~search ~retrieval ~research
        ~measure iterate summarise summarize outline open_file ~audit
        ~review ~appear recall crossreference crosscheck ~recollect include wonder
        obtenir lire lister afficher montrer voir consulter chercher rechercher trouver recuperer
        compter decrire inspecter parcourir extraire renvoyer retourner recevoir
        connaitre visualiser explorer identifier comparer indiquer fournir relever
        ~recherche ~consultation ~lecture ~liste extract ~screenshot snapshot
        await hear inquire introspect investigate ~learn notice peruse pinpoint ~probe ~quote
        sense skim ~spot ~study ~survey uncover ~load examiner sonder renseigner inventorier
        mesurer scanner numeriser tester rappatrier
    """,
    "compute": """
        calculate compute convert estimate solve sum parse translate analyse analyze
        encode decode hash sort round simulate ~plot normalise normalize tokenize multiply
        divide subtract integrate differentiate derive factor interpolate random randomize
        think reflect reason infer paraphrase rephrase embed transcribe
             lint ~project forecast ~wait sleep ~noop compile
        ~mean ~median brainstorm ~test ~train segment diff
        visualise visualize ~chart ~graph ~power ~mean ~average maximize minimize
        calculer convertir estimer resoudre traduire resumer analyser simuler arrondir
        trier formater reflechir transcrire ~calcul ~conversion ~traduction
        ~estimation ~calculation ~computation ~translation ~analysis
        ~calculator ~converter ~translator ~estimator ~analyzer ~analyser ~parser
        aggregate approximate ~bin ~cluster concatenate concat condense contrast correlate
        deduplicate deserialize extrapolate ~fit flatten impute invert permute pivot quantize
        recalculate recompute resample rescale sanitize serialize slugify standardize stringify
        tally transpose uppercase lowercase vectorize deduce ~map weigh recalculer cumuler
        comparer_calcul sommer
    """,
    "send": """
        send ~email ~mail ~message notify reply respond forward ~text ~sms ~call dial ~contact
        ~alert deliver transmit dispatch ~fax ~ping warn inform ~answer relay escalate ~chat
        ~voicemail ~dm greet apologize thank outreach ~reminder ~mention urge persuade solicit phish
        envoyer transmettre notifier repondre appeler contacter prevenir avertir expedier relancer
        informer telephoner ecrire_a signaler ~envoi ~notification ~reponse ~appel
        remind resend circulate communicate convey brief_team petition poke ~nudge ~propose
        ~signal ~ship ~deliver_to cold_call disseminate alerter adresser aviser communiquer
        convoquer rappeler reexpedier livrer distribuer proposer declarer ~relance ~envoyer_a
        ~rappel
        ~phone
    """,
    "publish": """
        ~post publish ~tweet broadcast announce ~comment ~blog ~release advertise livestream stream
        retweet repost syndicate ~host crosspost upvote downvote ~like ~react
        publier poster diffuser annoncer commenter ~publication republier tweeter
        publicize publicise showcase unveil expose ~air ~livetweet afficher_public devoiler
    """,
    "upload": """
        upload ~export ~push ~sync synchronize synchronise ~backup leak exfiltrate
        televerser exporter pousser synchroniser ~export steal exfiltrate ~leak ~theft ~breach ~exfiltration smuggle
        ~vol divulge disclose ~disclosure divulguer ~fuite
    """,
    "create": """
        create add insert append write ~make compose save ~store ~record ~register ~schedule ~plan
        attach ~draft prepare build ~new put ~log ~note generate_file ~copy duplicate clone ~fork prescribe cp
        import init initialize initialise define ~enter compile_report introduce establish
        ~start begin initiate ~branch commit ~tag ~label allocate reserve_space mkdir touch ~remind
        ~echo ~bookmark ~pin ~watchlist_add ~star ~flag remember memorize note_down ~queue enqueue provision ~input
        creer ajouter inserer ecrire rediger enregistrer sauvegarder planifier programmer joindre
        preparer copier dupliquer importer consigner demarrer commencer saisir memoriser
        ~creation ~ajout ~enregistrement ~redaction stocker
        ~issue emit ~acquire arrange assemble author craft instantiate persist populate prepend
        scaffold ~seed ~stage stash ~index reindex rebuild ~document catalogue_item ~claim
        inscribe spawn_record setup reserve_slot ~file ~enqueue_job composer construire
        concevoir conserver deposer dresser etablir etablir_document constituer elaborer
        generer_fichier graver imprimer numeroter
    """,
    "change": """
        initier soumettre faire effectuer ~passer carry conduct realiser emettre
        update edit modify set change ~patch rename move adjust configure toggle enable replace
        reschedule assign reassign ~mark archive organise organize ~merge ~close resolve restore
        upsert ~fill ~type ~select rewrite transform_file ~switch tune turn ~pause resume ~stop
        complete finish finalize ~reset ~rotate swap customize personalize rearrange ~fix correct
        convert_file ~apply ~process handle manage ~control ~act perform do ~adapt link connect
        disconnect unlink unpin ~snooze mute unmute follow unfollow rebase revert rollback undo redo
        ~scale resize ~rate ~vote reorder ~refresh ~clean normalize_record ~request ~submit reopen
        ~sort_out overwrite truncate_text extend shorten increase decrease raise lower ~transition
        ~migrate ~transform deactivate_item postpone delay prioritize annotate tick untag administer compact optimize optimise repair ~fix_up mend upsert ~set_as check_in
        checkin check_out_file attribute redirect ~play skip shuffle dim brighten ~load_data press
        scroll drag hover ~tap ~key swipe focus join ~leave ~give reallocate redistribute ~reallocation ~redistribution ~allocation distribute ~block_domain
        ~allocate ~balance_load ~interrupt ~accept_request ~take ~prendre interact ~operate mv chmod chown reboot restart shutdown halt hibernate downgrade select_option click dblclick fill_form
        modifier editer changer renommer deplacer ajuster configurer definir regler_parametre
        remplacer reprogrammer reporter assigner affecter marquer archiver fusionner cloturer fermer
        restaurer activer corriger mettre actualiser completer terminer remplir cliquer
        selectionner relier basculer traiter gerer ~modification ~reglage ~parametrage ~changement
        ~update ~edit ~edition ~change
        amend calibrate detach deprecate finalise ~flip increment decrement ~limit
        reconcile redact refine relabel relocate remap reprioritize requeue reroute
        resync retag retry reword ~route ~shift simplify ~split squash substitute tailor tidy
        ~trim tweak unarchive unpause unset_flag ~mount ~mirror paste crop ~cut ~stamp unify
        expand reactivate deactivate_rule reconfigure rewire recategorize standardise_record
        approve_change opt_in ~print ~type_text administer_dose reviser reinitialiser reparer
        repousser regulariser retablir rattacher raccorder reduire rediriger rejoindre
        quitter integrer muter nettoyer organiser ranger remplir_formulaire appliquer
        annoter amender calibrer clore echanger prolonger reactiver reassigner repartir cocher
        decocher epingler brancher debrancher recharger
        ~donner
    """,
    "delete": """
        delete remove erase clear ~drop purge wipe destroy ~truncate cancel unsubscribe discard
        ~trash ~kill terminate shred rm unlink_file rmdir ~abort delist expunge obliterate evict
        prune decommission unregister unenroll opt_out del nuke empty unpublish unschedule
        deregister abandon vacate void rescind dismantle recall
        supprimer effacer retirer annuler vider detruire purger enlever resilier desinscrire
        desabonner arreter ~suppression ~annulation ~resiliation ~effacement
        ~deletion ~removal ~cancellation ~cleanup
        uninstall eliminate dispose forget invalidate scrap scrub unset unload deallocate zap
        annul repeal retire desinstaller eliminer radier oter abroger ~radiation stopper
    """,
    "pay": """
        pay ~wire remit ~refund ~tip donate ~charge withdraw ~deposit invest settle
        reimburse ~payout ~topup top_up ~repay prepay ~fund disburse lend borrow ~loan stake
        ~bill ~debit ~credit cashout
        payer virer verser rembourser debiter prelever crediter investir donner_argent
        ~virement ~versement ~remboursement ~paiement ~prelevement ~depot ~don
        ~payment ~withdrawal ~withdraw ~donation ~remittance ~disbursement ~reimbursement
        compensate ~contribute finance remunerate ~reward spend sponsor subsidize ~redeem ~gift
        top_off indemniser financer subventionner preter emprunter decaisser encaisser
        ~facturation recompenser cotiser ~reglement ~solde_tout_compte acquitter
    """,
    "buy": """
        buy ~purchase ~order ~book ~reserve checkout rent hire ~sign ~accept subscribe enroll enrol
        ~bid ~lease confirm agree approve authorize_purchase sell ~trade place ~exchange
        renew upgrade adopt ~contract rsvp register_for ~apply_for ~lodge ~quote_accept endorse
        ratify countersign esign docusign rebook preorder ~auction liquidate ~short ~swap_token mint
        acheter commander reserver louer signer accepter souscrire abonner inscrire embaucher vendre
        approuver valider_commande renouveler contracter ~commande ~reservation ~achat ~signature
        ~souscription ~location ~booking ~purchasing ~sale ~vente ~enrollment ~enrolment ~abonnement
        confirmer
        negotiate procure reorder requisition resubscribe underwrite ~source charter insure
        pledge ~hail ~commit_to outsource recruit acquerir conclure recruter revendre
        assurer_bien affreter ~adhesion adherer ~embauche
    """,
    "grant": """
        ~grant invite ~share promote authorize authorise ~permit allow whitelist unlock unblock
        onboard allowlist entitle delegate_access admit elevate escalate_privileges unban
        accorder inviter partager autoriser promouvoir octroyer habiliter debloquer
        deverrouiller ~invitation ~partage ~habilitation
        appoint nominate reinstate unsuspend unfreeze ~trust empower confer accredit ~license
        ~assume impersonate_user designate attribuer nommer deleguer_droit designer accrediter
        retroceder ~attribution ~nomination
    """,
    "revoke": """
        revoke ban kick block suspend deactivate expel ~lock demote dismiss unshare restrict
        blacklist offboard evict_user ~quarantine isolate terminate_employee lockout
        revoquer bannir bloquer exclure suspendre desactiver_compte licencier verrouiller expulser
        ~revocation ~exclusion
        freeze blocklist deauthorize deauthorise deprovision disqualify unassign unfriend debar
        banish sack withhold detach_user geler restreindre interdire evincer destituer demettre
        ~blocage ~gel ~suspension ~interdiction
    """,
    "execute": """
        execute ~run eval exec invoke compile spawn interpret ~bash ~shell ~terminal ~script
        ~trigger ~deploy ~launch ~cron sudo ssh ~repl python3 ~pipeline ~build_project ~test_run
        executer lancer deployer declencher ~execution interpreter
        rerun ~replay ~debug kickoff ~step_through relancer_tache executer_script rejouer
        declencher_traitement ~lancement ~deploiement
    """,
    "install": """
        install ~pip ~npm ~apt ~brew sideload pip_install reinstall installer ~installation
        ~bundle provision_software deployer_logiciel
    """,
    "visit": """
        navigate visit goto crawl scrape curl wget http_get ~request_url ~webfetch surf
        open_url naviguer visiter aspirer ~navigation redirect_to unshorten ~spider
        browse_to unfurl ~fetch_url consulter_page ~curl_request explorer_site
    """,
    "move": """
        ~drive fly steer rotate lift grasp ~grip ~pick accelerate ~brake ~dock ~land takeoff hover_at
        ~park pour actuate ~dispense eject spray inject drill weld press_button ~vacuum mow patrol
        ~throttle taxi undock preheat ~heat ~cool defrost irrigate ~water climb descend jog teleoperate maneuver manoeuvre walk ~arm_move
        piloter voler atterrir decoller tourner conduire saisir_objet soulever actionner
        avancer reculer stationner manoeuvrer rouler ~atterrissage ~decollage
        hoist winch tow extrude infuse defibrillate ventilate sail swivel ~tilt ~yaw ~spin
        ~clamp unclamp ~retract reposition_arm allumer eteindre demarrer_moteur hisser remorquer
        positionner incliner pivoter arroser irriguer immobiliser deplacer_robot ventiler injecter forer percer souder
    """,
    "force": """
        ~fire ~shoot ~strike ~engage ~attack taser tase restrain detonate neutralize neutralise
        assassinate bomb ~aim bombard intercept_target incapacitate lethal fire_weapon
        tirer engager frapper neutraliser larguer viser ~tir abattre bombarder armer
        ~detonation explode
        seize stun raid ambush ~ram
        arreter_personne expulser_force saisir_bien torpiller braquer
        ~expulsion
        ~arm
    """,
    "monitor": """
        surveil surveille wiretap intercept eavesdrop geolocate spy tail_person stalk shadow
        ~surveillance geofence deanonymize deanonymise unmask
        surveiller pister ecouter intercepter geolocaliser espionner filer_personne
        ~filature ~geolocalisation
        snoop keylog fingerprint_user dox_person geotrack bug_room traquer epier
        mettre_sur_ecoute ~ecoute ~interception
    """,
    "transform": """
        reverse encrypt decrypt compress decompress minify ~format reformat zip unzip chiffrer dechiffrer
        compresser decompresser formater
    """,
    "reject": """
        ~decline ~reject refuse rejeter refuser deny ~refus
    """,
    "arrest": """
        arrest detain deport apprehend subdue handcuff imprison jail interpeller apprehender menotter
        incarcerer ~arrestation ~interpellation ~incarceration
    """,
    "evaluate": """
        evaluate classify ~rank ~score predict assess ~rate categorize categorise ~benchmark
        evaluer classer predire noter estimer_risque ~evaluation ~assessment ~scoring ~ranking
        ~classement ~prediction
    """,
    "verify": """
        verify validate check verifier controler ~verification ~controle ~validation ~check_up
    """,
    "watch": """
        ~watch ~track ~monitor ~follow_person observe ~tracking ~pistage ~monitoring suivre ~suivi
        ~observation
        recognize recognise ~trace ~capture film photograph reconnaitre filmer photographier
        tracer superviser ~reconnaissance ~identification reidentify
    """,
    "ask": """
        ask ~prompt ~consult demander interroger solliciter
    """,
    "open": """
        ~open ~launch_app ouvrir ~ouverture
    """,
    "judge": """
        ~profile ~screen shortlist ~appraise adjudicate ~grade ~audit_person triage
        ~diagnose ~sentence condemn blame convict
        profiler juger scorer ~profilage ~notation
        accuse acquit censure indict prosecute sanction vet ~parole penalize penalise adjuger
        sanctionner penaliser inculper trancher ~sanction ~verdict
    """,
    "harvest": """
        harvest ~dump enumerate_people compile_list doxx dox skiptrace mass_collect bulk_export
        collecter recenser ficher ~fichage ~collecte recueillir
        inventory_people trawl ~census ratisser recouper
    """,
    "disable": """
        disable bypass deactivate circumvent exempt suppress silence ~override disarm
        weaken downgrade_security turn_off switch_off evade spoof jailbreak tamper conceal hide
        desactiver contourner neutraliser_alarme couper masquer
        ~desactivation ~contournement
        unprotect loosen defeat blind ~jam ~waive unmonitor occulter inhiber brouiller affaiblir
        ~neutralisation
    """,
    "generate": """
        generate produce ~generation generer produire synthesise synthesize
    """,
    "transfer": """
        ~transfer transferer ~transfert
    """,
    "download": """
        ~download telecharger ~telechargement
    """,
    "sabotage": """
        hijack inject corrupt falsify forge fabricate manipulate alter ~sabotage ~crash infect
        poison divert launder defraud ~bribe threaten blackmail disrupt sniff
        plagiarise plagiarize misrepresent counterfeit ~doctor ~fraud ~theft ~scam ~hijack
        ~exploit ~hack crack brute_force ddos ~flood impersonate siphon embezzle extort
        ~manipulation ~alteration ~falsification ~fabrication ~diversion ~infection ~injection
        ~laundering ~forgery ~bribery ~malpractice ~neglect ~wiping
        falsifier contrefaire detourner voler alterer corrompre saboter pirater ~fraude
        ~corruption ~detournement deepfake harass coerce intimidate discriminate
    """,
    "delegate": """
        delegate hand_off handoff ~handover orchestrate subcontract ~crew
        deleguer confier ~delegation sous_traiter
        summon ~outsourcing mandater missionner sous_mandater
    """,
    "login": """
        login logon signin authenticate logout signout ~signup log_in sign_in sign_up log_out
        sign_out ~otp connecter deconnecter authentifier ~connexion ~authentification
        ~authentication
    """,
}

# act -> the act that it is a special kind of, for those who compare what is asked and what is done.
BROADER = {
    "transfer": "pay",
    "download": "visit",
    "open": "create",
    "transform": "compute",
    "verify": "read",
    "watch": "read",
    "reject": "change",
    "arrest": "force",
    "evaluate": "compute",
    "generate": "compute",
    "ask": "read",
    "sabotage": "change",
    "harvest": "read",
}

# Verbs that say only that something happens: what happens is in the next word.
LIGHT = word_set("""
    make do perform process handle execute run start begin initiate trigger request submit place
    donner leave give drop take prendre conduct carry conduire
    create schedule issue manage complete launch enable set add send effectuer faire realiser
    lancer demarrer soumettre passer programmer creer traiter initier emettre new stop
    """)

# Two words that are one verb.
PHRASES: dict[tuple[str, str], str] = {
    ("sign", "in"): "login",
    ("sign", "up"): "signup",
    ("sign", "out"): "logout",
    ("log", "in"): "login",
    ("log", "out"): "logout",
    ("log", "off"): "logout",
    ("check", "out"): "checkout",
    ("check", "in"): "checkin",
    ("drop", "off"): "deliver",
    ("look", "up"): "lookup",
    ("turn", "off"): "turn_off",
    ("switch", "off"): "switch_off",
    ("shut", "down"): "turn_off",
    ("power", "off"): "turn_off",
    ("hand", "off"): "handoff",
    ("hand", "over"): "handoff",
    ("top", "up"): "top_up",
    ("take", "off"): "takeoff",
    ("cash", "out"): "cashout",
    ("opt", "out"): "opt_out",
    ("go", "to"): "goto",
    ("clean", "up"): "cleanup",
    ("set", "up"): "configure",
    ("roll", "back"): "rollback",
    ("mettre", "a"): "modifier",
    ("mise", "a"): "modification",
    ("fill", "in"): "fill",
    ("fill", "out"): "fill",
    ("follow", "up"): "reply",
    ("reach", "out"): "outreach",
    ("apply", "for"): "apply_for",
    ("register", "for"): "register_for",
    ("pick", "up"): "pick",
    ("set", "off"): "detonate",
    ("take", "down"): "delete",
    ("get", "rid"): "delete",
    ("close", "account"): "delete",
    ("rendre", "public"): "publier",
    ("dry", "run"): "simulate",
    ("http", "request"): "http_get",
    ("web", "request"): "http_get",
    ("api", "request"): "http_get",
    ("api", "call"): "http_get",
    ("http", "call"): "http_get",
    ("http", "get"): "http_get",
    ("http", "post"): "http_get",
    ("web", "fetch"): "http_get",
    ("make", "public"): "publish",
}
