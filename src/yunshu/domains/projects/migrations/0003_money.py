"""The money invariants of projects, for every path that writes: page, API, import, SQL as the application's role.

Held here (the constraint's name is what a service, a page and the API answer with):

- ``projects_contract_sum``        Σ instalments (retention among them) = contract + approved changes, once filed
- ``projects_beyond_approval``     contracts with their changes ≤ the approved item
- ``projects_confirmation``        confirmed ≤ instalment; by a passed acceptance, a confirmed advance or an expired warranty
- ``projects_beyond_advance``      Σ advances confirmed before acceptance ≤ the contract's limit
- ``projects_beyond_acceptance``   Σ paid ≤ Σ confirmed − deductions, on every day
- ``projects_beyond_budget``       Σ paid ≤ the budget line, on every day of its year

Whoever writes locks the contract's row first, then the acceptance, the approval, the budget line: two payments at
once see each other. ``FOR NO KEY UPDATE``, because the foreign keys of both hold ``KEY SHARE`` already. A lock
without a change does not show in an older snapshot, so money is written in READ COMMITTED only (``projects_isolation``).
"""

from django.db import migrations

SHARED = """
CREATE FUNCTION projects_refuse(which text, says text, facts jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = which, MESSAGE = says, DETAIL = facts::text;
END $$;

CREATE FUNCTION projects_lock_contract(which bigint) RETURNS projects_contract LANGUAGE plpgsql AS $$
DECLARE found projects_contract;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM projects_refuse('projects_isolation', 'money is written in READ COMMITTED');
    END IF;
    SELECT * INTO found FROM projects_contract WHERE id = which FOR NO KEY UPDATE;
    RETURN found;
END $$;

CREATE FUNCTION projects_worth(which bigint) RETURNS numeric LANGUAGE sql VOLATILE AS $$
    SELECT c.amount_yuan + coalesce((SELECT sum(amount_yuan) FROM projects_contractchange WHERE contract_id = c.id), 0)
      FROM projects_contract c WHERE c.id = which
$$;

CREATE FUNCTION projects_payable_holds(part projects_instalment) RETURNS void LANGUAGE plpgsql AS $$
DECLARE confirmed numeric; deducted numeric; paid numeric; lowest numeric;
BEGIN
    SELECT coalesce(sum(amount_yuan), 0) INTO confirmed FROM projects_confirmation WHERE instalment_id = part.id;
    SELECT coalesce(sum(amount_yuan), 0) INTO deducted FROM projects_penalty WHERE instalment_id = part.id;
    SELECT coalesce(sum(amount_yuan), 0) INTO paid FROM projects_payment WHERE instalment_id = part.id;
    IF confirmed < 0 OR confirmed > part.amount_yuan THEN
        PERFORM projects_refuse('projects_confirmation', 'more is confirmed than the instalment holds',
            jsonb_build_object('limit', part.amount_yuan, 'sum', confirmed));
    END IF;
    IF deducted < 0 OR deducted > part.amount_yuan THEN
        PERFORM projects_refuse('projects_deduction', 'more is deducted than the instalment holds',
            jsonb_build_object('limit', part.amount_yuan, 'sum', deducted));
    END IF;
    IF paid > greatest(confirmed - deducted, 0) THEN
        PERFORM projects_refuse('projects_beyond_acceptance', 'more is paid than was accepted',
            jsonb_build_object('limit', greatest(confirmed - deducted, 0), 'sum', paid));
    END IF;
    SELECT min(running) INTO lowest FROM (
        SELECT sum(sum(amount)) OVER (ORDER BY day) AS running FROM (
            SELECT "on" AS day, amount_yuan AS amount FROM projects_confirmation WHERE instalment_id = part.id
            UNION ALL SELECT "on", -amount_yuan FROM projects_payment WHERE instalment_id = part.id
        ) facts GROUP BY day
    ) days;
    IF lowest < 0 THEN
        PERFORM projects_refuse('projects_before_acceptance', 'it is paid before the day it was accepted',
            jsonb_build_object('short', -lowest));
    END IF;
END $$;

CREATE FUNCTION projects_balance_holds(which bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE lowest numeric; day date;
BEGIN
    SELECT running, days.day INTO lowest, day FROM (
        SELECT facts.day, sum(sum(amount)) OVER (ORDER BY facts.day) AS running FROM (
            SELECT "on" AS day, amount_yuan AS amount FROM projects_budgetmove WHERE line_id = which
            UNION ALL SELECT "on", -amount_yuan FROM projects_payment WHERE line_id = which
        ) facts GROUP BY facts.day
    ) days ORDER BY running LIMIT 1;
    IF lowest < 0 THEN
        PERFORM projects_refuse('projects_beyond_budget', 'the budget line would be overdrawn',
            jsonb_build_object('short', -lowest, 'day', day));
    END IF;
END $$;

CREATE FUNCTION projects_approval_holds(which bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE top numeric; used numeric;
BEGIN
    SELECT amount_yuan INTO top FROM projects_approval WHERE id = which FOR NO KEY UPDATE;
    SELECT coalesce(sum(CASE state
               WHEN 'ended' THEN (SELECT coalesce(sum(p.amount_yuan), 0) FROM projects_payment p WHERE p.contract_id = c.id)
               ELSE projects_worth(c.id) END), 0)
      INTO used FROM projects_contract c WHERE approval_id = which AND state <> 'draft';
    IF used > top THEN
        PERFORM projects_refuse('projects_beyond_approval', 'contracts exceed what was approved',
            jsonb_build_object('limit', top, 'sum', used));
    END IF;
END $$;
"""

CONTRACTS = """
CREATE FUNCTION projects_contract_before() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE direct boolean; approved projects_approval;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT pays_directly INTO direct FROM projects_project WHERE id = NEW.project_id FOR NO KEY UPDATE;
        IF direct THEN
            PERFORM projects_refuse('projects_pays_directly', 'a project that pays directly has no contract');
        END IF;
    ELSE
        IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN
            (('draft', 'filed'), ('filed', 'settled'), ('filed', 'ended'), ('draft', 'ended')) THEN
            PERFORM projects_refuse('projects_contract_state', 'a contract does not go back');
        END IF;
        IF NEW.project_id <> OLD.project_id OR NEW.number <> OLD.number OR (OLD.state <> 'draft' AND
            (NEW.amount_yuan, NEW.advance_limit_yuan, NEW.advance_basis, NEW.supplier, NEW.supplier_uscc, NEW.signed_on)
            IS DISTINCT FROM
            (OLD.amount_yuan, OLD.advance_limit_yuan, OLD.advance_basis, OLD.supplier, OLD.supplier_uscc, OLD.signed_on)) THEN
            PERFORM projects_refuse('projects_contract_filed', 'a filed contract changes by an approved change');
        END IF;
    END IF;
    IF NEW.advance_limit_yuan > NEW.amount_yuan THEN
        PERFORM projects_refuse('projects_beyond_advance', 'the advance exceeds the contract',
            jsonb_build_object('limit', NEW.amount_yuan, 'sum', NEW.advance_limit_yuan));
    END IF;
    IF NEW.approval_id IS NOT NULL THEN
        SELECT * INTO approved FROM projects_approval WHERE id = NEW.approval_id;
        IF approved.project_id <> NEW.project_id THEN
            PERFORM projects_refuse('projects_other_project', 'the approval is of another project');
        END IF;
        IF NEW.amount_yuan > approved.amount_yuan THEN
            PERFORM projects_refuse('projects_beyond_approval', 'the contract exceeds what was approved',
                jsonb_build_object('limit', approved.amount_yuan, 'sum', NEW.amount_yuan));
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER yunshu_contract_before BEFORE INSERT OR UPDATE ON projects_contract
    FOR EACH ROW EXECUTE FUNCTION projects_contract_before();

CREATE FUNCTION projects_contract_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approval_id IS NOT NULL AND NEW.state <> 'draft' THEN
        PERFORM projects_lock_contract(NEW.id);
        PERFORM projects_approval_holds(NEW.approval_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_contract_after AFTER INSERT OR UPDATE ON projects_contract
    FOR EACH ROW EXECUTE FUNCTION projects_contract_after();

CREATE FUNCTION projects_project_direct() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM projects_contract WHERE project_id = NEW.id) THEN
        PERFORM projects_refuse('projects_pays_directly', 'a project with a contract does not pay directly');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_project_direct AFTER UPDATE OF pays_directly ON projects_project
    FOR EACH ROW WHEN (NEW.pays_directly) EXECUTE FUNCTION projects_project_direct();

CREATE FUNCTION projects_instalment_before() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held projects_contract;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.contract_id <> OLD.contract_id THEN
        PERFORM projects_refuse('projects_contract_filed', 'an instalment stays with its contract');
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.kind, NEW.required_evidence) IS DISTINCT FROM (OLD.kind, OLD.required_evidence)
        AND EXISTS (SELECT 1 FROM projects_contract WHERE id = OLD.contract_id AND state <> 'draft') THEN
        PERFORM projects_refuse('projects_contract_filed', 'what an instalment waits for stays once filed');
    END IF;
    held := projects_lock_contract(CASE TG_OP WHEN 'DELETE' THEN OLD.contract_id ELSE NEW.contract_id END);
    IF held.state = 'ended' THEN
        PERFORM projects_refuse('projects_contract_state', 'the contract has ended');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER yunshu_instalment_before BEFORE INSERT OR UPDATE OR DELETE ON projects_instalment
    FOR EACH ROW EXECUTE FUNCTION projects_instalment_before();

CREATE FUNCTION projects_instalment_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM projects_payable_holds(NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_instalment_after AFTER UPDATE ON projects_instalment
    FOR EACH ROW EXECUTE FUNCTION projects_instalment_after();

CREATE FUNCTION projects_change_after() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held projects_contract;
BEGIN
    held := projects_lock_contract(NEW.contract_id);
    IF held.state <> 'filed' THEN
        PERFORM projects_refuse('projects_contract_state', 'only a filed contract is changed');
    END IF;
    PERFORM projects_approval_holds(held.approval_id);
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_change_after AFTER INSERT ON projects_contractchange
    FOR EACH ROW EXECUTE FUNCTION projects_change_after();

CREATE FUNCTION projects_contract_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE which bigint; standing text; worth numeric; parts numeric;
BEGIN
    IF TG_TABLE_NAME = 'projects_contract' THEN which := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN which := OLD.contract_id;
    ELSE which := NEW.contract_id;
    END IF;
    SELECT state INTO standing FROM projects_contract WHERE id = which;
    IF standing IS NULL OR standing IN ('draft', 'ended') THEN
        RETURN NULL;
    END IF;
    worth := projects_worth(which);
    SELECT coalesce(sum(amount_yuan), 0) INTO parts FROM projects_instalment WHERE contract_id = which;
    IF worth <> parts THEN
        PERFORM projects_refuse('projects_contract_sum', 'instalments do not add up to the contract',
            jsonb_build_object('limit', worth, 'sum', parts));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER yunshu_contract_sum AFTER INSERT OR UPDATE ON projects_contract
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION projects_contract_sum();
CREATE CONSTRAINT TRIGGER yunshu_instalment_sum AFTER INSERT OR UPDATE OR DELETE ON projects_instalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION projects_contract_sum();
CREATE CONSTRAINT TRIGGER yunshu_change_sum AFTER INSERT ON projects_contractchange
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION projects_contract_sum();
"""

MONEY = """
CREATE FUNCTION projects_confirmation_after() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE part projects_instalment; held projects_contract; seen projects_acceptance; old projects_confirmation; ahead numeric;
BEGIN
    SELECT * INTO part FROM projects_instalment WHERE id = NEW.instalment_id;
    held := projects_lock_contract(part.contract_id);
    SELECT * INTO part FROM projects_instalment WHERE id = NEW.instalment_id;
    IF held.state NOT IN ('filed', 'settled') THEN
        PERFORM projects_refuse('projects_contract_state', 'the contract is not filed');
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO old FROM projects_confirmation WHERE id = NEW.reverses_id;
        IF (old.instalment_id, old.kind, -old.amount_yuan) IS DISTINCT FROM (NEW.instalment_id, NEW.kind, NEW.amount_yuan)
            OR old.reverses_id IS NOT NULL OR NEW."on" < old."on" THEN
            PERFORM projects_refuse('projects_reversal', 'a reversal is the opposite of one row');
        END IF;
    ELSE
        IF NOT (part.kind, NEW.kind) IN (('advance', 'advance'), ('advance', 'acceptance'), ('progress', 'acceptance'),
            ('retention', 'warranty')) THEN
            PERFORM projects_refuse('projects_confirmation_kind', 'this instalment waits for something else');
        END IF;
        IF jsonb_typeof(NEW.evidence) <> 'object' OR NOT NEW.evidence ?& ARRAY(
            SELECT jsonb_array_elements_text(part.required_evidence)) THEN
            PERFORM projects_refuse('projects_evidence_missing', 'what the instalment demands is not all there');
        END IF;
        IF NEW.kind = 'warranty' AND (held.warranty_until IS NULL OR NEW."on" <= held.warranty_until) THEN
            PERFORM projects_refuse('projects_warranty_runs', 'the warranty has not run out');
        END IF;
    END IF;
    IF NEW.acceptance_id IS NOT NULL AND NEW.reverses_id IS NULL THEN
        SELECT * INTO seen FROM projects_acceptance WHERE id = NEW.acceptance_id FOR NO KEY UPDATE;
        IF NOT seen.passed OR seen.project_id <> held.project_id OR coalesce(seen.contract_id, held.id) <> held.id
            OR seen."on" > NEW."on" OR EXISTS (SELECT 1 FROM projects_acceptance WHERE corrects_id = seen.id) THEN
            PERFORM projects_refuse('projects_not_accepted', 'the acceptance is not a passed one of this contract');
        END IF;
    END IF;
    SELECT coalesce(sum(c.amount_yuan), 0) INTO ahead FROM projects_confirmation c
      JOIN projects_instalment i ON i.id = c.instalment_id WHERE i.contract_id = held.id AND c.kind = 'advance';
    IF ahead > held.advance_limit_yuan THEN
        PERFORM projects_refuse('projects_beyond_advance', 'the advance exceeds its limit',
            jsonb_build_object('limit', held.advance_limit_yuan, 'sum', ahead));
    END IF;
    PERFORM projects_payable_holds(part);
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_confirmation_after AFTER INSERT ON projects_confirmation
    FOR EACH ROW EXECUTE FUNCTION projects_confirmation_after();

CREATE FUNCTION projects_acceptance_after() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE old projects_acceptance;
BEGIN
    IF NEW.contract_id IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM projects_contract WHERE id = NEW.contract_id AND project_id = NEW.project_id) THEN
        PERFORM projects_refuse('projects_other_project', 'the contract is of another project');
    END IF;
    IF NEW.corrects_id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO old FROM projects_acceptance WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
    IF old.project_id <> NEW.project_id THEN
        PERFORM projects_refuse('projects_other_project', 'the corrected record is of another project');
    END IF;
    IF EXISTS (SELECT 1 FROM projects_confirmation c WHERE c.acceptance_id = old.id AND c.reverses_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM projects_confirmation r WHERE r.reverses_id = c.id)) THEN
        PERFORM projects_refuse('projects_acceptance_used', 'payments were confirmed by the record');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_acceptance_after AFTER INSERT ON projects_acceptance
    FOR EACH ROW EXECUTE FUNCTION projects_acceptance_after();

CREATE FUNCTION projects_penalty_after() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE part projects_instalment; held projects_contract; old projects_penalty;
BEGIN
    SELECT * INTO part FROM projects_instalment WHERE id = NEW.instalment_id;
    held := projects_lock_contract(part.contract_id);
    SELECT * INTO part FROM projects_instalment WHERE id = NEW.instalment_id;
    IF held.state NOT IN ('filed', 'settled') THEN
        PERFORM projects_refuse('projects_contract_state', 'the contract is not filed');
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO old FROM projects_penalty WHERE id = NEW.reverses_id;
        IF (old.instalment_id, -old.amount_yuan) IS DISTINCT FROM (NEW.instalment_id, NEW.amount_yuan)
            OR old.reverses_id IS NOT NULL THEN
            PERFORM projects_refuse('projects_reversal', 'a reversal is the opposite of one row');
        END IF;
    END IF;
    PERFORM projects_payable_holds(part);
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_penalty_after AFTER INSERT ON projects_penalty
    FOR EACH ROW EXECUTE FUNCTION projects_penalty_after();

CREATE FUNCTION projects_payment_after() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE part projects_instalment; held projects_contract; from_line projects_budgetline; old projects_payment;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM projects_refuse('projects_isolation', 'money is written in READ COMMITTED');
    END IF;
    IF NEW.contract_id IS NULL THEN
        IF NOT (SELECT pays_directly FROM projects_project WHERE id = NEW.project_id FOR NO KEY UPDATE) THEN
            PERFORM projects_refuse('projects_pays_directly', 'this project pays by contract');
        END IF;
    ELSE
        held := projects_lock_contract(NEW.contract_id);
        SELECT * INTO part FROM projects_instalment WHERE id = NEW.instalment_id;
        IF part.contract_id <> held.id OR held.project_id <> NEW.project_id THEN
            PERFORM projects_refuse('projects_other_project', 'the instalment is of another contract');
        END IF;
        IF held.state NOT IN ('filed', 'settled') THEN
            PERFORM projects_refuse('projects_contract_state', 'the contract is not filed');
        END IF;
        PERFORM projects_payable_holds(part);
    END IF;
    SELECT * INTO from_line FROM projects_budgetline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    IF from_line.project_id <> NEW.project_id THEN
        PERFORM projects_refuse('projects_other_project', 'the budget line is of another project');
    END IF;
    IF extract(year FROM NEW."on") <> from_line.year THEN
        PERFORM projects_refuse('projects_other_year', 'the day is not in the year of the budget line');
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO old FROM projects_payment WHERE id = NEW.reverses_id;
        IF (old.project_id, old.contract_id, old.instalment_id, old.line_id, -old.amount_yuan) IS DISTINCT FROM
           (NEW.project_id, NEW.contract_id, NEW.instalment_id, NEW.line_id, NEW.amount_yuan)
            OR old.reverses_id IS NOT NULL OR NEW."on" < old."on" THEN
            PERFORM projects_refuse('projects_reversal', 'a reversal is the opposite of one row');
        END IF;
    END IF;
    PERFORM projects_balance_holds(NEW.line_id);
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_payment_after AFTER INSERT ON projects_payment
    FOR EACH ROW EXECUTE FUNCTION projects_payment_after();

CREATE FUNCTION projects_move_after() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_line projects_budgetline; other projects_budgetmove; from_line projects_budgetline;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM projects_refuse('projects_isolation', 'money is written in READ COMMITTED');
    END IF;
    SELECT * INTO of_line FROM projects_budgetline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    IF extract(year FROM NEW."on") <> of_line.year THEN
        PERFORM projects_refuse('projects_other_year', 'the day is not in the year of the budget line');
    END IF;
    IF NEW.kind = 'carried_in' THEN
        SELECT * INTO other FROM projects_budgetmove WHERE id = NEW.pair_id;
        SELECT * INTO from_line FROM projects_budgetline WHERE id = other.line_id;
        IF other.kind <> 'carried_out' OR other.amount_yuan <> -NEW.amount_yuan
            OR from_line.project_id <> of_line.project_id OR from_line.year <> of_line.year - 1 THEN
            PERFORM projects_refuse('projects_carry_over', 'what comes in is what went out the year before');
        END IF;
    END IF;
    PERFORM projects_balance_holds(NEW.line_id);
    RETURN NULL;
END $$;
CREATE TRIGGER yunshu_move_after AFTER INSERT ON projects_budgetmove
    FOR EACH ROW EXECUTE FUNCTION projects_move_after();

CREATE FUNCTION projects_move_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM projects_budgetmove WHERE pair_id = NEW.id) THEN
        PERFORM projects_refuse('projects_carry_over', 'what goes out comes in the year after');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER yunshu_move_pairs AFTER INSERT ON projects_budgetmove DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'carried_out') EXECUTE FUNCTION projects_move_pairs();
"""

TRIGGERS = {
    "projects_budgetmove": ("yunshu_move_pairs", "yunshu_move_after"),
    "projects_payment": ("yunshu_payment_after",),
    "projects_penalty": ("yunshu_penalty_after",),
    "projects_acceptance": ("yunshu_acceptance_after",),
    "projects_confirmation": ("yunshu_confirmation_after",),
    "projects_contractchange": ("yunshu_change_sum", "yunshu_change_after"),
    "projects_instalment": ("yunshu_instalment_sum", "yunshu_instalment_after", "yunshu_instalment_before"),
    "projects_project": ("yunshu_project_direct",),
    "projects_contract": ("yunshu_contract_sum", "yunshu_contract_after", "yunshu_contract_before"),
}
FUNCTIONS = (
    "projects_move_pairs()",
    "projects_move_after()",
    "projects_payment_after()",
    "projects_penalty_after()",
    "projects_acceptance_after()",
    "projects_confirmation_after()",
    "projects_contract_sum()",
    "projects_change_after()",
    "projects_instalment_after()",
    "projects_instalment_before()",
    "projects_project_direct()",
    "projects_contract_after()",
    "projects_contract_before()",
    "projects_approval_holds(bigint)",
    "projects_balance_holds(bigint)",
    "projects_payable_holds(projects_instalment)",
    "projects_worth(bigint)",
    "projects_lock_contract(bigint)",
    "projects_refuse(text, text, jsonb)",
)
BACK = [f"DROP TRIGGER {name} ON {table}" for table, names in TRIGGERS.items() for name in names]
BACK += [f"DROP FUNCTION {name}" for name in FUNCTIONS]


class Migration(migrations.Migration):
    """Functions and triggers."""

    dependencies = [("projects", "0002_contracts")]

    operations = [migrations.RunSQL([SHARED, CONTRACTS, MONEY], BACK)]
