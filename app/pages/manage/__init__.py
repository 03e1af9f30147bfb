"""The pages of those who run training: trainers for what is theirs, coordinators for all."""
