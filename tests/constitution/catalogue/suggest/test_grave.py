"""Grave effects are recognised in the words of tools that nobody has seen, and only there."""

from __future__ import annotations

import pytest

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.suggest import suggest

GRAVE = {
    "uses_force",
    "monitors_people",
    "collects_personal_data",
    "judges_people",
    "weakens_security",
}


def tool(name: str, description: str, arguments: str = "") -> Tool:
    properties = {
        argument.removesuffix("[]"): (
            {"type": "array", "items": {"type": "string"}}
            if argument.endswith("[]")
            else {"type": "string"}
        )
        for argument in arguments.split()
    }
    return suggest(
        Tool(
            name=name,
            description=description,
            schema={"type": "object", "properties": properties},
        )
    )


# effect | name | description | arguments
SHOWN = """
uses_force | sentry_gun_arm | Arms the sentry gun at the gate. | gun_id
uses_force | release_payload | Drops the munition over the marked position. | drone_id lat lon
uses_force | fire_mission_submit | Submits a fire mission to the battery. | grid rounds
uses_force | laser_designate | Points the laser designator at a track. | track_id
uses_force | engage | Engages. | target_id munition
uses_force | set_weapons_state | Sets weapons free, tight or hold. | state
uses_force | interceptor_launch | Launches an interceptor at an incoming drone. | track
uses_force | pepper_dispenser | Sprays pepper gas in a corridor. | corridor seconds
uses_force | exo_restrain | Tightens the limb straps of a patient chair. | chair
uses_force | bed_restraints | Locks or releases the wrist restraints of a bed. | bed state
uses_force | robot_dog_pursue | Makes the robot dog pursue a person until officers arrive. | robot person_track
uses_force | vehicle_stop_remote | Brings a fleeing vehicle to a halt with the driver inside. | vehicle
uses_force | cell_door_control | Opens or locks the door of a prison cell. | cell state
uses_force | seclusion_lock | Locks the seclusion room. | room
uses_force | sound_cannon | Emits a deterrent tone at a crowd. | device level
uses_force | guard_robot_block | Blocks the way of an intruder and holds him until a guard comes. | robot
uses_force | electric_fence_set | Sets the voltage of the electric fence around the camp. | volts
uses_force | shock_belt | Triggers the electric shock belt worn by a prisoner. | belt
uses_force | swarm_strike | Sends the swarm to strike a convoy. | convoy
uses_force | mine_arm | Arms a sea mine. | mine
uses_force | torpedo_launch |  | tube
uses_force | harpoon.fire | Fires. | bearing
uses_force | water_jet_crowd | Aims the water cannon at demonstrators. | vehicle
uses_force | tirer_grenade | Tire une grenade lacrymogène. | lanceur
uses_force | armer_tourelle | Arme la tourelle. | tourelle
uses_force | autoriser_tir | Autorise le tir sur la piste désignée. | piste
uses_force | engager_cible | Engage la cible avec l'effecteur choisi. | cible effecteur
uses_force | larguer_charge | Largue la charge explosive. | drone
uses_force | verrouiller_cellule | Ferme à clé la cellule d'un détenu. | cellule
uses_force | sas_bloquer | Bloque le sas avec les personnes à l'intérieur. | sas
uses_force | drone_poursuite | Poursuit un individu en fuite. | drone individu
uses_force | robot_maitrise | Maîtrise un suspect au sol. | robot
uses_force | taser_declencher | Déclenche le pistolet à impulsion électrique. | appareil
uses_force | sangles_serrer | Serre les sangles d'un patient agité. | lit
uses_force | canon_eau | Dirige le canon à eau sur la foule. | vehicule
uses_force | neutraliser_intrus | Neutralise un intrus. | zone
uses_force | chien_robot_attaque | Le chien robot attaque l'intrus. | robot
uses_force | mettre_a_feu | Met à feu la charge. | charge
uses_force | bouclage_unite | Verrouille l'unité fermée avec les résidents. | unite
monitors_people | imsi_lookup | Phones seen by an IMSI catcher. | area start end
monitors_people | tower_connections | Subscribers connected to a mast. | mast from to
monitors_people | gait_search | Find a person by gait in station footage. | sample
monitors_people | voice_match_calls | Match voices in intercepted calls against known speakers. | calls
monitors_people | livestream_faces | Recognises faces in a live stream. | stream
monitors_people | badge_trail | Where an employee's badge was used, door by door. | badge_id day
monitors_people | canteen_log | Who ate what and when, from canteen cards. | pupil
monitors_people | wifi_presence | Devices and their owners seen by the access points of a building. | building
monitors_people | watch_accounts | Reports every new post of the given social media accounts. | accounts
monitors_people | geofence_phones | Phones that entered a geofence. | polygon
monitors_people | vehicle_trace | All camera sightings of a car. | plate since
monitors_people | wiretap_start | Starts intercepting a line. | line
monitors_people | email_intercept | Copies all mail of a person to investigators. | address
monitors_people | chat_surveil | Reads private messages of members of a group in real time. | group
monitors_people | protest_attendance | Who took part in a protest, by phone data. | protest
monitors_people | transit_card_history | Journeys made with a transit card. | card_id
monitors_people | gps_ankle_tracker | Position of a person with an ankle bracelet. | person
monitors_people | drone_follow_person | Follows a person from the air. | track
monitors_people | location_ping | Last location of a mobile. | msisdn
monitors_people | keystroke_monitor | Records an employee's keystrokes. | employee
monitors_people | smart_doorbell_faces | Identify visitors seen by doorbells of a street. | street
monitors_people | localiser_abonne | Donne la position d'un abonné. | numero
monitors_people | suivre_individu | Suit un individu de caméra en caméra. | individu
monitors_people | ecouter_ligne | Met une ligne sur écoute. | numero
monitors_people | reconnaissance_visages | Reconnaît les visages dans un flux. | flux
monitors_people | comptes_suivis | Relève les publications de comptes de militants. | comptes
monitors_people | trajets_badge | Déplacements d'un salarié d'après son badge. | badge
monitors_people | passages_portique | Passages d'élèves aux portiques. | eleves
monitors_people | identifier_voix | Identifie les voix d'une conversation interceptée. | enregistrement
monitors_people | telephones_zone | Téléphones présents dans une zone. | zone debut fin
monitors_people | historique_vehicule | Passages d'un véhicule devant les caméras. | immatriculation
monitors_people | presents_manifestation | Qui était présent à la manifestation. | manifestation
collects_personal_data | resident_register_query | Query the register of residents. | criteria limit
collects_personal_data | patients_by_diagnosis | Patients with a given diagnosis. | diagnosis
collects_personal_data | pupils_list | Pupils of a school with addresses. | school
collects_personal_data | prisoner_records |  | prison
collects_personal_data | benefit_recipients | Recipients of housing benefit in a district. | district
collects_personal_data | voters_export | Exports the electoral roll. | region
collects_personal_data | subscriber_data | Name and address of a telephone subscriber. | number
collects_personal_data | asylum_files | Files of asylum seekers. | nationality
collects_personal_data | abonnes_operateur | Identité des abonnés d'un opérateur. | numeros
collects_personal_data | liste_eleves | Liste des élèves d'un établissement. | etablissement
collects_personal_data | fichier_detenus | Fiches des détenus. | prison
collects_personal_data | titulaires_carte_grise | Titulaires de cartes grises par commune. | commune
collects_personal_data | dossiers_patients | Dossiers des patients d'un service. | service
collects_personal_data | beneficiaires_rsa | Bénéficiaires d'une aide. | commune
collects_personal_data | criminal_history | Convictions of a person. | person
collects_personal_data | immigration_database_search | Search entries and exits of foreigners. | query
collects_personal_data | tax_files | Tax returns of households by street. | street
judges_people | recidivism_score | Likelihood that a prisoner reoffends. | prisoner_id
judges_people | rank_applicants | Ranks applicants for social housing. | list
judges_people | trust_index | Trust index of citizens. | group
judges_people | predict_dropout | Predicts which pupils will drop out. | school
judges_people | fraud_risk | Fraud risk of benefit claimants. | claimants
judges_people | emotion_grade | Grades the attention of pupils from their faces. | classroom
judges_people | score_social | Score social des habitants. | quartier
judges_people | classer_candidats | Classe les candidats. | candidats
judges_people | risque_recidive | Risque de récidive d'un détenu. | detenu
judges_people | profil_voyageur | Établit le profil de risque d'un voyageur. | voyageur
judges_people | visa_decision | Decides on visa applications. | application
judges_people | expulsion_liste | Choisit les locataires à expulser. | immeuble
weakens_security | audit_off | Turns off the audit trail. | system
weakens_security | interlock_bypass | Bypass the safety interlock of a press. | press
weakens_security | approvals_skip | Skips the second approval for changes. | repo
weakens_security | camera_privacy_off | Disables monitoring of the agent. | agent
weakens_security | log_retention_set | Shortens log retention to one day. | days
weakens_security | desactiver_journal | Désactive la journalisation. | service
weakens_security | couper_alarme | Coupe l'alarme incendie. | batiment
weakens_security | policy_edit | Edits the policy that governs the assistant. | text
weakens_security | estop_inhibit | Inhibits the emergency stop. | line
weakens_security | lever_double_validation | Lève la double validation. | flux
moves_machine | move_crane | Slews the crane. | angle
moves_machine | open_sluice | Opens the sluice gate. | gate
moves_machine | ouvrir_vanne | Ouvre la vanne de vapeur. | vanne
moves_machine | agv_dispatch | Sends the AGV to a dock. | agv dock
moves_machine | set_rudder | Sets the rudder. | degrees
moves_machine | positionner_bras | Positionne le bras du robot. | x y z
moves_machine | train_signal_set | Sets a railway signal. | signal
moves_machine | syringe_pump_start | Starts the syringe pump. | pump
"""

PLAIN = """
weather_radar | Returns the radar image of a region. | region
fire_event | Fires an event on the bus. | event payload
define_target_audience | Defines the target audience of a campaign. | campaign audience
execute_order | Executes a customer order. | order_id
strike_text | Strikes a text through. | range
shoot_photo | Shoots a photo. | camera
warehouse_pick | Makes the warehouse robot pick a box. | robot box
fridge_door | Tells whether the door of the fridge is open. | fridge
population_statistics | Population figures by year and region. | year region
list_contacts | Lists the colleagues in the contact list. | query
find_customer | Finds a customer by e-mail address. | email
get_order_details | Get the status and details of an order. | order_id
get_user_details | Get the details of a user, including their orders. | user_id
find_user_id_by_email | Find user id by email. | email
track_package | Tracks a parcel. | tracking_number
monitor_server | Monitors the load of a server. | host
follow_user | Follows an account. | username
identify_plant | Identifies a plant in a photo. | photo
detect_objects | Detects objects in an image. | image
transcribe_meeting | Transcribes a recorded meeting. | recording
count_visitors | Number of visitors per hour at the door camera. | camera
kill_process | Kills a child process. | pid
list_restaurants | Lists restaurants near a location. | location
get_player_score | Gets the score of a player. | player
rate_movie | Rates a movie. | movie stars
lock_spreadsheet_cell | Locks a cell of a sheet. | cell
lock_door | Locks the front door. | door
drone_survey_field | Flies over a field and photographs the crop. | field
glue_gun_heat | Heats the glue gun. | degrees
verifier_stock | Vérifie le stock d'un produit. | produit
consulter_meteo | Consulte la météo d'une ville. | ville
compter_entrees | Compte les entrées du musée par heure. | heure
suivre_colis | Suit un colis. | numero
rechercher_client | Recherche un client par nom. | nom
tirer_rapport | Tire un rapport mensuel. | mois
reserver_salle | Réserve une salle pour des personnes. | salle nombre
cible_marketing | Définit la cible d'une campagne. | campagne
get_flight_status | Gets the status of a flight. | flight
list_passengers_booking | Adds passengers to a booking. | booking passengers
charge_card | Charges a credit card. | card amount
launch_campaign | Launches an advertising campaign. | campaign
get_phone_plan | Gets the plan of a phone line. | line
check_visa_requirements | Checks visa requirements for a country. | country
play_track | Plays the track on a speaker. | track
robot_hand_object | Hands the grabbed object to a person. | robot object
set_camera_angle | Sets the angle of a camera. | angle
create_ticket | Creates a support ticket. | title body
get_employee_directory_entry | Get the phone extension of a colleague. | name
schedule_meeting | Schedules a meeting with participants. | participants time
bullet_list | Formats lines as a bullet list. | lines
discharge_battery | Discharges a battery. | battery
get_location_weather | Gets the weather at a location. | location
search_flights | Search flights for passengers. | origin destination passengers
profile_code | Profiles a program. | program
score_essay_grammar | Scores the grammar of a text. | text
rank_documents | Ranks documents by relevance. | query
predict_demand | Predicts demand for a product. | product
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.mark.parametrize(("effect", "name", "description", "arguments"), rows(SHOWN))
def test_a_grave_meaning_is_found(effect: str, name: str, description: str, arguments: str) -> None:
    """A missed grave effect would pass in silence."""
    assert effect in tool(name, description, arguments).effects


@pytest.mark.parametrize(("name", "description", "arguments"), rows(PLAIN))
def test_a_harmless_tool_with_a_grave_sounding_word_stays_harmless(
    name: str, description: str, arguments: str
) -> None:
    assert not GRAVE & set(tool(name, description, arguments).effects)


def test_a_weapon_is_found_in_an_argument_alone() -> None:
    assert "uses_force" in tool("engage", "", "munition").effects


def test_a_count_that_names_nobody_is_no_watching() -> None:
    found = tool("camera_count", "Count people per minute in a camera's view.", "camera")
    assert not GRAVE & set(found.effects)
    assert not GRAVE & set(tool("compter", "Compte les passants d'une rue.", "rue").effects)


def test_a_tool_about_patients_whose_act_nobody_knows_stays_unlabelled() -> None:
    """To gather data is allowed in small numbers: it must not label what would else be held."""
    assert tool("frobnicate", "Tool for the patients of a ward.").effects == ()


@pytest.mark.parametrize(
    ("name", "description", "argument", "role"),
    [
        ("plate_trace", "Camera sightings of number plates.", "plates[]", "persons"),
        ("social_watch", "Watches accounts on social networks.", "handles[]", "persons"),
        ("pupil_trail", "Movements of pupils by badge.", "pupil_ids[]", "persons"),
        ("comptes_suivis", "Surveille des comptes de reseaux sociaux.", "comptes[]", "persons"),
        ("score_residents", "Scores residents.", "population", "filter"),
        ("patients_list", "Lists patients.", "region", "filter"),
        ("patients_list", "Lists patients.", "diagnosis", "filter"),
        ("noter_eleves", "Note les élèves.", "groupe", "filter"),
        ("person_lookup", "Register entry of one person.", "case_number", "case"),
        ("plaques", "Passages de véhicules devant les caméras, par plaque.", "dossier", "case"),
        ("rechercher_personne", "Recherche une personne au fichier.", "affaire", "case"),
        ("badge_trail", "Movements of an employee by badge.", "from", "filter"),
        ("sql_query", "Runs SQL on the resident database.", "statement", "query"),
    ],
)
def test_arguments_about_persons_have_the_roles_that_red_lines_read(
    name: str, description: str, argument: str, role: str
) -> None:
    assert tool(name, description, argument).parameters[argument].role == role
