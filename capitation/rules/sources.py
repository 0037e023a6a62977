"""Which file is a contract's source of money, by the contract's choice."""

FORMAT_OF_SOURCE = {"820": "x12-820", "roster": "csv", "mmr": "mmr"}
WORDS = {"x12-820": "820 remittance", "csv": "roster", "mmr": "monthly membership report"}


def is_source(remittance_source: str, file_format: str) -> bool:
    """Say whether the money in a file of this format is received under the contract."""
    return FORMAT_OF_SOURCE[remittance_source] == file_format
