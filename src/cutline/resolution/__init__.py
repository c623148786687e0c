"""Same person, same organisation: what speaks for it is proposed, an officer's judgement alone joins."""
