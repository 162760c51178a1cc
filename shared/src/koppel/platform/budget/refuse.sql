-- A call was refused for its number: nothing is drawn from these windows before their time.
update rate_window w
set empty_until = greatest(w.empty_until, now() + make_interval(secs => coalesce($3::float8, w.seconds)))
from (
    select provider, name, scope from rate_window
    where provider = $1 and name || ' ' || scope = any ($2::text[])
    order by name, scope
    for update
) held
where (w.provider, w.name, w.scope) = (held.provider, held.name, held.scope)
