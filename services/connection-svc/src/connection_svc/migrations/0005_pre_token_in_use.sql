-- A withdrawal may find that the grant lives by its very token.

alter table provider_revocation drop constraint provider_revocation_outcome_check;
alter table provider_revocation add constraint provider_revocation_outcome_check
    check (outcome in ('revoked', 'given_up', 'in_use'));
