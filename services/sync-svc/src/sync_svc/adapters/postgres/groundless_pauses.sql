-- Pauses that outlived their cause unheard: the login works, or nothing that they hold is left.
select pause.scope, pause.id, pause.organisation_id,
       case when login.state = 'active' and pause.rule = 'login_ended' then 'login' else 'removed' end as ground
from sync_pause pause
left join connection_grant login on login.grant_id = case when pause.scope = 'grant' then pause.id::uuid end
where (pause.rule = 'login_ended' and login.state = 'active')
   or login.state = 'revoked'
   or not exists (
       select from administration
       where removed_reason is null and case pause.scope
           when 'provider' then provider = pause.id
           when 'grant' then administration.grant_id = login.grant_id
           else administration_id = pause.administration_id
       end
   )
