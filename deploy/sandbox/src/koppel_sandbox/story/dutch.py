"""Words that make the sandbox's companies look Dutch. All made up; any likeness to real ones is chance."""

# ruff: noqa: SIM905  (word lists read better as running text)

FIRST_NAMES = (
    "Anouk Bas Carlijn Daan Eline Femke Gijs Hanneke Ilse Jasper Karin Lars Marloes Niels Olga Pieter Roos "
    "Sander Tess Ursula Vera Willem Yara Zoë Bram Sanne Thijs Lotte Jeroen Maaike Stijn Fleur"
).split()

LAST_NAMES = (
    "de Vries|Jansen|van den Berg|Bakker|Visser|Smit|Meijer|de Boer|Mulder|de Groot|Bos|Vos|Peters|Hendriks|"
    "van Leeuwen|Dekker|Brouwer|de Wit|Dijkstra|Smits|de Graaf|van der Meer|Kok|Jacobs|Vermeulen|van Dijk|"
    "Schouten|Willems|Hoekstra|Koster|Prins|Huisman|Postma|Kuipers|Veenstra|Kramer|Scholten|van Wijk|Bosman"
).split("|")

TRADES = (
    "Bakkerij|Bouwbedrijf|Installatietechniek|Drukkerij|Kwekerij|Transport|Autobedrijf|Schilderwerken|"
    "Advies|Architecten|Tandartspraktijk|Groothandel|Slagerij|Elektrotechniek|Interieurbouw|Catering|"
    "Hoveniers|Metaalbewerking|Software|Reclamebureau|Fysiotherapie|Makelaardij|Timmerwerken|Rijwielhandel|"
    "Zuivelhandel|Timmerfabriek|Jachtbouw|Bloemisterij|Administratie|Verhuur"
).split("|")

FORMS = ("B.V.", "B.V.", "B.V.", "V.O.F.", "", "B.V.", "Holding B.V.", "N.V.")

STREETS = (
    "Dorpsstraat|Kerkstraat|Molenweg|Stationsweg|Industrieweg|Havenkade|Prins Hendrikkade|Lange Nieuwstraat|"
    "Burgemeester Smitlaan|Energieweg|Nijverheidsweg|Spoorlaan|Wilhelminaplein|Singel|Oude Gracht|Zuiderpark|"
    "Handelskade|Ambachtstraat|De Corridor|Vlasmarkt|Steenweg|Julianalaan|Marktplein|Rijnkade"
).split("|")

PLACES = (
    ("Amsterdam", 1011), ("Haarlem", 2011), ("Leiden", 2311), ("Den Haag", 2511), ("Delft", 2611),
    ("Rotterdam", 3011), ("Dordrecht", 3311), ("Utrecht", 3511), ("Amersfoort", 3811), ("Middelburg", 4331),
    ("Breda", 4811), ("Tilburg", 5011), ("'s-Hertogenbosch", 5211), ("Eindhoven", 5611), ("Venlo", 5911),
    ("Maastricht", 6211), ("Nijmegen", 6511), ("Arnhem", 6811), ("Apeldoorn", 7311), ("Enschede", 7511),
    ("Zwolle", 8011), ("Lelystad", 8232), ("Leeuwarden", 8911), ("Groningen", 9711),
)  # fmt: skip

POSTCODE_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"

PRODUCTS = (
    "Advies en begeleiding|Onderhoud installatie|Levering materialen|Montage ter plaatse|Maandelijks abonnement|"
    "Transportkosten|Drukwerk visitekaartjes|Huur steiger per week|Reparatie|Ontwerp huisstijl|Licentie software|"
    "Schilderwerk gevel|Catering bijeenkomst|Snoeiwerk|Elektrische fiets|Vervangend onderdeel"
).split("|")

PROJECTS = (
    "Verbouwing kantoor|Nieuwbouw bedrijfshal|Invoering webwinkel|Renovatie dak|Onderhoudscontract|"
    "Verduurzaming pand|Open dag|Opleiding personeel|Aanleg tuin|Vernieuwing wagenpark"
).split("|")

EXPENSES = (
    "Inkoop goederen|Kantoorbenodigdheden|Energie|Telefoon en internet|Brandstof|Verzekering|Huur|"
    "Accountantskosten|Reclame|Onderhoud machines"
).split("|")
