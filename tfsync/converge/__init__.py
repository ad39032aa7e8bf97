"""From verdicts to a converged state: patch, write, refresh, prove, apply, and a journal of it all."""
