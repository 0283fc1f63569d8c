"""Words of grave meaning as data: force, watching, registers of persons, judgement, protection.

Every word is folded and in its base form (`_words`); two words that stand together, small words
left out, are written with ``_``. A set alone says little: `_grave` says which sets must meet.
It has over 400 lines because it is one list of words, read as one.
"""

from __future__ import annotations

from gardefou.constitution.catalogue.suggest._words import word_set

# What kills, injures or restrains, and hardly ever means anything else.
WEAPONS = word_set("""
    weapon weaponry weapons_free armament munition ammunition ammo warhead missile torpedo grenade taser firearm rifle
    shotgun pistol handgun revolver howitzer artillery turret effector loitering gunner gunship
    autocannon machine_gun minefield landmine explosive detonator detonation detonate napalm bomb
    bomblet bombing tear_gas teargas pepper_spray truncheon baton_round rubber_bullet water_cannon
    flashbang stun_gun stun_grenade kill_chain kill_box fire_control fire_mission firing_solution
    fire_support open_fire lethal nonlethal less_lethal conducted_energy electroshock electric_shock
    directed_energy dazzler laser_designator weapon_release rocket_launcher grenade_launcher
    handcuff shackle straitjacket strait_jacket restraint_bed restraint_chair
    physical_restraint restraint spike_strip kinetic_strike air_strike airstrike drone_strike
    shoot_down rules_engagement air_defence air_defense cruise_missile killer_robot gun_crew
    arme armement ogive missile torpille tourelle fusil pistolet obus artillerie mitrailleuse
    mitraillette explosif detonateur detoner munitions lacrymogene gaz_lacrymogene matraque
    menotte contention entrave camisole lance_roquette roquette conduite_tir mise_feu mettre_feu
    champ_mine ouvrir_feu ouverture_feu tir_mine poste_tir mode_tir ordre_tir plan_tir tir_effet letal
    canon_eau grenade_lacrymogene pistolet_impulsion impulsion_electrique lanceur_balle
    pepper_gas cs_gas irritant_gas sound_cannon acoustic_cannon sonic_weapon shock_belt stun_belt shock_collar
    canon_sonore canon_son gaz_poivre ceinture_electrique armed_drone attack_drone combat_drone
    suicide_drone drone_arme drone_combat anti_personnel antipersonnel sentry_gun sniper nerve_agent
    toxic_gas poison_gas gaz_toxique gaz_innervant railgun depth_charge sea_mine torpedoes
    arme_feu frappe_aerienne regle_engagement defense_aerienne
""")

# Words beside a weapon's name that show that it is none.
EXCUSES: dict[str, frozenset[str]] = {
    "turret": word_set("lathe microscope lens milling"),
    "grenade": word_set("fruit recipe recette juice jus sirop syrup"),
    "bomb": word_set("bath calorimeter photo"),
    "effector": word_set("end_effector tool gripper gene protein"),
    "arme": word_set("alarme alarm"),
    "restraint": word_set("budget salary wage spending fiscal seat seatbelt catalog catalogue"),
    "explosive": word_set("growth"),
    "handcuff": word_set("golden"),
    "entrave": word_set("concurrence commerce"),
    "loitering": word_set("aircraft_fuel endurance"),
    "pistolet": word_set("peinture colle chaleur"),
    "tourelle": word_set("tour fraisage microscope"),
}

# What is done with a weapon, even where the rest of a text only looks.
AIMS = word_set("""
    fire shoot strike engage detonate tase bombard torpedo aim launch arm designate release lock
    discharge neutralise neutralize trigger cue assign select activate
    tirer frapper engager detoner bombarder torpiller viser lancer armer designer larguer declencher
    neutraliser pointer amorcer abattre verrouiller
""")

# Acts on a body. The first are enough with a person; the second need a machine beside.
HURTS = word_set("""
    restrain immobilise immobilize subdue handcuff shackle tase stun incapacitate electrocute detain
    confine entrap imprison kettle wound injure kill shoot maim assassinate apprehend overpower
    manhandle disperse wrestle tackle neutralise neutralize bombard gas deport euthanise euthanize
    maitriser menotter entraver ligoter sangler apprehender interpeller enfermer confiner sequestrer
    pieger blesser tuer neutraliser refouler assommer etourdir immobiliser abattre plaquer_sol
    embastiller incarcerer emprisonner
""")
GRIPS = word_set("""
    seize grab grasp hold pin push trap corner block chase pursue pursuit ram charge strike hit
    attack bite repel intercept escort stop halt clamp squeeze tighten follow_catch knock strap
    saisir maintenir retenir contenir attacher agripper poursuivre poursuite pourchasser repousser
    attaquer mordre charger arreter frapper percuter intercepter plaquer serrer coincer bloquer
""")
BODIES = word_set("""
    person people human individual suspect intruder trespasser protester demonstrator crowd offender
    fugitive inmate prisoner detainee patient occupant pedestrian bystander combatant enemy hostile
    attacker rioter shoplifter thief burglar migrant resident passerby adversary insurgent civilian
    personne individu intrus manifestant foule fugitif detenu prisonnier occupant pieton ennemi
    adversaire assaillant emeutier voleur malfaiteur cambrioleur passant suspect humain forcene civil
    retenu gardes_vue
""")
MACHINES = word_set("""
    robot drone uav ugv vehicle patrol arm gripper door gate airlock bed chair strap guard officer
    dog chien police ground floor exoskeleton interceptor unit_patrol quadruped
    vehicule patrouille bras pince porte sas lit fauteuil sangle sol agent vigile policier barriere
""")
ITEMS = word_set(
    "object item package parcel box tray cup book tool objet colis caisse plateau outil"
)
PROGRAMS = word_set("process thread task pid daemon container job processus script query session")

DOORS = word_set("""
    door gate airlock cell room chamber ward elevator lift exit cage turnstile hatch compartment
    dormitory barrack shelter_door building site unite dortoir quartier_detention baraquement batiment
    porte sas cellule chambre salle grille ascenseur issue sortie cabine compartiment
""")
LOCKS = word_set(
    "lock seal bolt shut hold bar lockdown close verrouiller verrouillage fermer bloquer condamner"
    " barricader boucler confiner confinement"
)
CUSTODY = word_set("""
    prison jail custody seclusion isolation_room isolation_cell solitary detention inmate prisoner
    closed_ward locked_ward unite_ferme service_ferme detainee cell_door cell_block holding_cell padded_cell people_inside occupant occupied
    isolement detention retention garde_vue detenu prisonnier prison cellule_detention occupant
    penitentiaire interieur_personne
""")
PEOPLE_PRESENT = word_set("""
    people person inside resident patient pupil detainee migrant worker inmate protester occupant
    personne gens interieur dedans occupee occupe resident patient eleve detenu migrant ouvrier
    salarie manifestant pensionnaire
""")
STRIKES = word_set("""
    strike launch fire attack hit engage shoot destroy bomb intercept shell sink
    frapper lancer tirer attaquer detruire bombarder intercepter couler
""")
CAMPS = word_set("camp prison border detention centre_retention frontiere")
HOSTILES = word_set("""
    convoy bunker enemy hostile incoming swarm interceptor warship submarine insurgent combatant
    troop infantry tank_column trench hideout encampment
    convoi ennemi hostile essaim intercepteur sous_marin troupe infanterie tranchee campement
""")
REPELS = word_set(
    "deterrent lrad dazzle irritant shock electric_fence electrified dissuasif cloture_electrique decharge_electrique electrocution"
)
FLEEING = word_set("fleeing flee fugitive escapee fuite fuyard evade_prison")
HALTS = word_set(
    "stop halt block immobilise immobilize intercept ram disable chase pursue follow arreter bloquer intercepter poursuivre stopper suivre"
)

TARGETS = word_set(
    "target track hostile contact_hostile objective cible piste hostile objectif ennemi"
)
ENGAGES = word_set("""
    engage neutralise neutralize designate prosecute eliminate destroy strike kill shoot attack
    engager neutraliser designer eliminer detruire frapper abattre tirer tir attaquer
""")
MARKETS = word_set("""
    audience market customer segment campaign revenue sale budget language file folder date price
    goal weight user website page environment branch marche client public langue fichier
    campagne prix poids music media song album playlist play musique
""")
CHARGES = word_set("charge salvo volley burst round shell rocket salve rafale tir obus roquette")
FIRES = word_set("fire detonate launch tirer detoner lancer mettre_feu declencher")

# Watching people: enough alone.
SPYING = word_set("""
    wiretap wiretapping phone_tap imsi imsi_catcher keylogger keystroke_log stingray tower_dump
    cell_dump cell_site_dump facial_recognition face_recognition face_identification gait gait_recognition
    voiceprint voice_print lawful_intercept plate_reader plate_recognition whereabouts
    spyware stalkerware geofence_warrant covert_surveillance eavesdropping
    reconnaissance_faciale reconnaissance_visage reconnaissance_vocale_personne bornage fadette
    ecoute_telephonique interception_telephonique interception_judiciaire filature
    empreinte_vocale micro_espion logiciel_espion vehicle_sighting facial_matching
    movement_profile pattern_life predictive_policing person_tracking people_tracking
    person_reidentification video_surveillance silent_sms sms_furtif location_trail
    contact_chaining facial_identification face_tracking crowd_surveillance
    videosurveillance_intelligente profil_deplacement suivi_personne pistage
    intercepted_call intercepted_message communication_intercept
""")
PLATES = word_set("""
    number_plate license_plate licence_plate registration_plate plate numberplate
    anpr alpr lapi plaque plaque_immatriculation immatriculation
""")
SEEN = word_set("""
    camera reader hit log history recognition passage track trace sighting movement where seen capture
    journey motorway toll checkpoint historique relever camera trace parcours lecteur peage trajet
    deplacement vu
""")
MASTS = word_set("""
    cell_site cell_tower base_station mast antenna antenne cellule_telephonique relais_telephonique
    antenne_relais
""")
LINES = word_set("""
    subscriber phone device imsi msisdn people person dump sim handset telephone abonne personne
    portable mobile connect borner
""")
SENSORS = word_set("""
    camera cctv webcam bodycam video video_stream live_stream stream livestream footage microphone mic
    doorbell intercom dashcam sonnette interphone drone satellite badge turnstile canteen gate wifi wi_fi beacon bluetooth gps tracker ankle_tag transit_card
    smart_card access_control location_data
    telephony phone_data browsing keystroke screenshot sensor thermal_imager listening_device
    flux flux_video videosurveillance videoprotection vigie micro captation cantine tourniquet portique
    reseau_fil balise bracelet telephonie carte_transport satellite
    geolocalisation
""")
FOLLOWS = word_set("""
    identify recognise recognize track follow trace watch monitor surveil surveillance observe
    locate geolocate profile movement absence trail shadow listen eavesdrop transcribe reidentify
    spot tail linger behaviour behavior
    identifier reconnaitre suivre suivi pister tracer surveiller observer localiser geolocaliser
    profil parcours mouvement absence ecouter transcrire filer traquer epier reperer deplacement
    comportement
""")
WATCHED = word_set("""
    person people face voice pupil student schoolchild employee worker staff visitor passerby
    pedestrian resident inhabitant crowd suspect citizen protester demonstrator tenant individual
    driver traveller traveler passenger worshipper neighbour neighbor inmate prisoner shopper migrant
    personne visage voix eleve ecolier etudiant salarie employe visiteur passant pieton habitant
    foule individu citoyen manifestant locataire conducteur voyageur fidele voisin detenu
    administre riverain gens
""")
# What persons leave behind without a camera, and those who cannot refuse to be watched.
WRITINGS = word_set("""
    email mail inbox message chat keyboard browser browsing search_history purchase bank_card card
    payment loan_library meter call phone desktop screen computer activity productivity mood
    courriel messagerie message clavier navigation achat carte paiement compteur appel ecran
    ordinateur activite humeur emprunt
""")
INSPECTS = word_set("""
    monitor watch surveil surveillance scan inspect log track record capture
    surveiller scanner inspecter enregistrer tracer suivre capturer
""")
SUBJECTED = word_set("""
    employee worker staff pupil schoolchild tenant inmate prisoner suspect citizen resident
    inhabitant migrant journalist activist spouse teenager
    salarie employe eleve locataire detenu suspect citoyen habitant migrant journaliste militant conjoint
""")
LASTING = word_set("""
    continuous continuously live ambient realtime real_time constantly permanent permanently always
    neighbourhood neighborhood district street public_space
    continu direct ambiant permanence quartier rue espace_public temps_reel
""")
TALK = word_set("conversation voice speech talk call conversation voix parole propos")
HEARD = word_set(
    "microphone mic listening_device micro captation telephone phone capter ambient ambiant"
)
# Cards and doors that know a person by name, and what they tell of him.
CARDS = word_set("""
    badge canteen cantine turnstile tourniquet portique access_point transit_card travel_card
    carte_transport ankle_tag ankle_bracelet bracelet_electronique borne_wifi access_card
    doorbell meal_card carte_cantine toll_tag ticket_card navigo_card smart_meter compteur_communicant
""")
TRACES = word_set("""
    who where when history passage journey movement presence seen whom follow entry
    qui historique trajet deplacement presence absence parcours passer ou entree
""")
WHO = word_set("who whom attendance presence present turnout qui presence present identite")
AREAS = word_set("""
    zone area polygon geofence square district perimeter neighbourhood street building region
    quartier place perimetre rue batiment secteur
""")
APPEARS = word_set(
    "present seen enter connect presence near appear visit list vu entrer connecter presence borner"
)
OPPONENTS = word_set(
    "activist journalist opponent dissident protester whistleblower lawyer unionist militant journaliste opposant dissident manifestant avocat syndicaliste"
)
POSTS = word_set(
    "account post publication profile handle message contact compte publication profil message"
)
INTERCEPTED = word_set("intercept intercepted interception tapped tap intercepter ecoute")
SOCIAL = word_set("""
    social social_media social_network twitter facebook instagram tiktok telegram mastodon vk weibo
    linkedin reddit reseau_social handle pseudonym pseudonyme
""")
ACCOUNTS = word_set("account handle profile page journalist activist compte profil pseudonyme")
WATCHES = word_set("""
    watch monitor surveil surveillance track spy shadow continuously surveiller suivre suivi veille
    epier pister continu
""")
TIES = word_set(
    "contact friend relation connection profile like relative ami proche relation profil"
)
GATHERINGS = word_set("""
    gathering protest demonstration rally riot picket vigil sit_in uprising political_meeting
    union_meeting mosque church synagogue temple worship_service
    rassemblement manifestation cortege attroupement mosquee eglise culte reunion_syndicale
    reunion_politique defile emeute piquet_greve veillee
""")
ATTENDING = word_set("""
    participant attendee present protester demonstrator people who person worshipper marcher
    participant present manifestant personne fidele participer
""")
PHONES = word_set(
    "phone telephone mobile handset sim smartphone msisdn portable subscriber abonne imei"
)
PLACES_OF = word_set(
    "position location locate geolocate track whereabouts localiser localisation geolocaliser"
    " position bornage geolocalisation pister"
)

# Persons as a register holds them. The second kind is as often a customer or a part of a program.
POPULATION = word_set("""
    citizen resident inhabitant civil_register civil_registry pupil schoolchild patient
    prisoner inmate detainee taxpayer voter elector migrant refugee asylum_seeker foreigner
    vehicle_keeper keeper_vehicle owner_vehicle population_register register_population passenger_manifest
    passenger_list pnr guest_register dna_database dna_profile genetic_profile blood_type organ_donor
    insured_person medical_record health_record tax_record bank_record phone_record call_record
    call_detail_record student_record school_record employment_record birth_register
    marriage_register union_member party_member congregation membership_roll believer asylum_file
    vehicle_owner registered_keeper pensioner veteran parishioner suspect offender convict witness
    electoral_roll census household minor orphan welfare_recipient benefit_claimant benefit_recipient
    wanted_person missing_person national_register identity_register demonstrator protester activist
    journalist believer passport_holder criminal_record health_register blood_donor donor_register
    registre_population population_registre donneur_sang groupe_sanguin releve_telephonique
    dossier_scolaire dossier_fiscal membre_syndicat fiche_police profil_genetique empreinte_genetique
    habitant citoyen resident administre eleve ecolier patient detenu prisonnier allocataire
    contribuable electeur migrant refugie demandeur_asile etranger ressortissant retraite pensionne suspect
    delinquant condamne temoin etat_civil recensement foyer_fiscal mineur beneficiaire_aide
    assure_social personne_recherchee casier_judiciaire liste_electorale titulaire_permis
    proprietaire_vehicule carte_grise manifestant militant journaliste croyant registre_sante adherent
    liste_nominative dossier_medical malade
""")
PEOPLE_OF_SERVICES = word_set("""
    population person people subscriber student passenger traveler traveller tenant beneficiary claimant donor
    child worker employee minor owner keeper holder believer member_union
    personne abonne etudiant passager voyageur locataire beneficiaire donneur enfant salarie
    assure usager titulaire proprietaire syndique
""")
REGISTERS = word_set("""
    register registry roll gallery dossier watchlist database nominal_list cadastre cohort
    registre fichier base repertoire fiche nominatif nominative
""")
PERSONAL = word_set("""
    name address phone birth born diagnosis diagnose religion ethnicity identity nationality income
    religion party marital offence sentence biometric passport
    nom adresse telephone naissance diagnostic religion origine identite nationalite revenu parti
    infraction peine biometrie passeport pathologie
""")
LOOKS = word_set("""
    list search extract export query dump fetch find identify enumerate get retrieve lookup look_up
    collect gather pull select browse read return give show record scrape register compile build
    lister liste rechercher extraire exporter interroger chercher identifier recenser collecter
    recuperer consulter renvoyer donner croiser parcourir lire afficher etablir constituer recouper
""")
COUNTS = word_set("""
    statistic stat aggregate figure average percentage histogram anonymous anonymise anonymised anonymize
    anonymized count tally density headcount occupancy mean median ratio forecast
    statistique chiffre agrege agreger moyenne effectif anonyme anonymiser comptage
    denombrer taux pourcentage densite affluence
""")
NAMES_SOMEBODY = word_set("""
    names nominative nominal individual record identity_of list_of
    noms nominatif nominative fiche individuel
""")

FILES = word_set("""
    file record entry data history return form status card details sheet identity
    dossier fiche donnee historique declaration carte identite
""")
AIDED = word_set(
    "recipient beneficiary beneficiaire allocataire titulaire holder keeper owner proprietaire"
)
AIDS = word_set("""
    benefit allowance welfare housing_benefit pension vehicle car plate passport licence license permit
    aide allocation rsa pension vehicule carte permis passeport prestation carte_grise minima_sociaux
""")
INTIMATE = word_set("""
    birth marriage death conviction diagnosis religion ethnicity nationality offence criminal arrest
    visa immigration asylum orientation disability sexual_orientation political_opinion
    naissance mariage deces condamnation diagnostic religion nationalite infraction handicap
    arrestation opinion_politique orientation_sexuelle sejour
""")
HOLDERS = word_set("subscriber abonne titulaire keeper account_holder resident abonnes owner_line")
IDENTITY = word_set("name address identity nom adresse identite coordonnee")
LINES_OF = word_set("telephone phone line operator number operateur ligne numero telecom sim")

DECIDES = word_set("""
    decide decision choose select adjudicate rule determine recommend deny refuse reject approve
    decider choisir selectionner trancher statuer refuser rejeter accorder attribuer
""")
FATES = word_set("""
    visa asylum parole benefit_claim eviction expulsion citizenship naturalisation naturalization
    deportation custody welfare social_housing bail_hearing dismissal layoff redundancy
    asile liberation_conditionnelle prestation logement_social expulsion garde_enfant peine licenciement
    titre_sejour aide_sociale
""")

SCORES = word_set("""
    trust_index reliability_index risk_index loyalty_index indice_confiance indice_risque dangerous
    score scoring rank ranking grade rating profile profiling classify assess evaluate predict
    shortlist triage risk reliability trustworthiness credibility suitability eligibility likelihood
    dangerousness recidivism creditworthiness propensity loyalty
    notation classement profiler profilage profil evaluer evaluation predire scorer
    selectionner trier risque fiabilite credibilite dangerosite recidive solvabilite eligibilite
    probabilite loyaute
""")
JUDGED = word_set("""
    citizen resident inhabitant pupil student patient applicant candidate employee
    tenant borrower claimant beneficiary prisoner inmate detainee offender suspect defendant migrant
    refugee asylum_seeker taxpayer voter traveller traveler person people household
    parent teacher subscriber driver visitor welfare_recipient policyholder
    habitant citoyen administre eleve etudiant patient candidat salarie employe locataire emprunteur
    allocataire beneficiaire detenu prevenu condamne suspect migrant refugie demandeur_asile
    contribuable electeur voyageur individu personne foyer usager assure chomeur demandeur_emploi
""")

# Protection and oversight, and what takes them away.
SHIELDS = word_set("""
    firewall antivirus edr siem intrusion_detection audit_log audit_trail audit logging log_retention
    safety_interlock interlock emergency_stop kill_switch watchdog guardrail guard oversight
    supervision human_review human_approval two_person four_eye dual_control approval_rule
    access_policy security_policy mfa two_factor encryption content_filter rate_limit sandbox
    approval second_approval reviewer_check tamper_seal smoke_detector safety_system safety_limit geofencing_limit alarm_system
    pare_feu antivirus journalisation journal_audit piste_audit arret_urgence garde_fou
    double_validation validation_humaine double_controle interverrouillage chien_garde chiffrement
    politique_securite double_authentification systeme_securite detecteur_fumee limite_securite
""")
STRIPS = word_set("""
    disable deactivate bypass circumvent suppress silence override disarm weaken loosen exempt skip
    remove relax reduce tamper erase wipe shorten turn_off switch_off turn_away mute stop suspend
    lift delete purge unprotect inhibit defeat waive evade lower pause
    desactiver contourner neutraliser couper supprimer alleger assouplir suspendre lever inhiber
    purger effacer arreter eteindre affaiblir reduire exempter derogation raccourcir masquer
""")

SMALL = word_set("""
    a an the of to in on at by for with from and or its their each every one this that all any
    le la les de du des un une au aux en et ou sur par pour dans ce cette ces chaque tous toutes
    son sa ses leur leurs d l
""")
