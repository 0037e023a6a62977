"""Names of people and places that do not exist; common parts, put together by chance."""

IPA_NAME = "Harbor Valley IPA"
FIRST_NAMES = {
    "F": (
        *("Adela", "Beatriz", "Celeste", "Darlene", "Edith", "Fumiko", "Gloria", "Harriet"),
        *("Imelda", "Joyce", "Karin", "Lupe", "Marisol", "Nadine", "Odette", "Priya"),
        *("Rosalind", "Sabine", "Thelma", "Uma", "Verna", "Wanda", "Yolanda", "Zelda"),
    ),
    "M": (
        *("Alton", "Bernard", "Cyrus", "Dmitri", "Ernesto", "Floyd", "Gilbert", "Horace"),
        *("Ignacio", "Jerome", "Kenji", "Leland", "Mateo", "Norbert", "Orville", "Percy"),
        *("Ramon", "Stanley", "Tobias", "Ulises", "Vernon", "Wendell", "Yusuf", "Zoltan"),
    ),
}
LAST_NAMES = (
    *("Abendroth", "Arbogast", "Bellweather", "Birchall", "Bracamonte", "Calderhead", "Castellow"),
    *("Chatterley", "Crabtree", "Dalrympton", "Delacroft", "Dunsmoor", "Eastwick", "Elderkin"),
    *(
        "Fairweather",
        "Farnsby",
        "Fonteyn-Ruiz",
        "Galbreath",
        "Garrowby",
        "Goldthorpe",
        "Hathersage",
    ),
    *("Hathersage", "Hollowell", "Ibarrondo", "Inglethorpe", "Jessamy", "Juniperro", "Kettering"),
    *(
        "Kowalczek",
        "Larkspur",
        "Lindqvister",
        "Marchbanks",
        "Mendizabal",
        "Merriweather",
        "Nakagaki",
    ),
    *(
        "Nakagaki",
        "Netherby",
        "Okonjo",
        "Ormsbee",
        "Pemberley",
        "Pennywhistle",
        "Quartermaine",
        "Oakhanger",
    ),
    *("Quillfeather", "Ravensdale", "Rosewarne", "Sandoval-Pike", "Silvermoon", "Stoddart"),
    *("Tamarack", "Thistlewood", "Umberland", "Underhay", "Vanterpool", "Villafuerte"),
    *("Wexcombe", "Winterbourne", "Yarborough", "Yellowlees", "Zamarripa", "Zuberbier"),
)
STREETS = (
    *("Acorn Way", "Bluff Road", "Cannery Row", "Dove Lane", "Elder Court", "Fig Street"),
    *("Grove Avenue", "Harbor Drive", "Iris Place", "Jetty Street", "Kelp Lane", "Lantern Road"),
)
# Invented towns; no ZIP code begins with 929.
TOWNS = (
    ("Port Larkin", "92901"),
    ("Amber Flats", "92902"),
    ("Saltmarsh", "92904"),
    ("Quail Hollow", "92906"),
    ("Mission Verde", "92908"),
)
STATE = "CA"
PRACTICES = (
    *("Larkin Family Practice", "Harborview Internists", "Amber Flats Medical Group"),
    *("Quail Hollow Primary Care", "Saltmarsh Health Associates", "Mission Verde Physicians"),
    *("Lantern Road Clinic", "Grove Avenue Internal Medicine", "Jetty Street Family Care"),
    *("Dove Lane Geriatrics", "Bluffside Medical Office", "Elder Court Physicians"),
    *("Canneryside Health", "Northgate Primary Care", "Two Rivers Senior Health"),
    *("Kelp Lane Medical", "Foothill Family Doctors", "Orchard Park Internists"),
    *("Sandpiper Clinic", "Redwood Gate Medical", "Valley Oak Physicians", "Pinecrest Adult Care"),
    *("Copper Hill Clinic", "Lakeside Doctors", "Wildrose Family Medicine"),
    *("Stonebridge Medical", "Meadowlark Health", "Sunnyslope Primary Care"),
    *("Eastmarket Physicians", "Tidewater Internal Medicine", "Old Depot Clinic"),
    *("Fernwood Senior Care", "High Mesa Family Practice", "Cottonwood Medical Group"),
    *("Harbor Steps Clinic",),
)
