"""The rings: who is in them, what they use, and the story each lives from the first advert to the residue."""
