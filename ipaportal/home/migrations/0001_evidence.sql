-- What becomes evidence beside events: every version of what people edit, and every step of money.
-- It stands up here because it names tables of every floor.
SELECT audit_witness_all();

-- A posted entry, with its postings in the order they were booked.
CREATE FUNCTION ledger_entry_evidence(entry ledger_entry) RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
    SELECT jsonb_build_object(
        'id', entry.id, 'key', entry.key, 'date', entry.date, 'description', entry.description,
        'reverses_id', entry.reverses_id, 'for_month', entry.for_month,
        'actor_id', entry.actor_id, 'actor_name', entry.actor_name, 'posted_at', entry.posted_at,
        'postings', count(*), 'postings_sha256', encode(sha256(convert_to(
            coalesce(string_agg(concat_ws(' ', id, account_id, amount_cents, memo::text), E'\n'
                                ORDER BY id), ''), 'UTF8')), 'hex'))
    FROM public.ledger_posting WHERE entry_id = entry.id
$$;
CREATE FUNCTION capitation_run_evidence(run capitation_run) RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
    SELECT jsonb_build_object(
        'id', run.id, 'contract_id', run.contract_id, 'month', run.month,
        'sequence', run.sequence, 'status', run.status, 'snapshot_no', run.snapshot_no,
        'previous_snapshot_no', run.previous_snapshot_no, 'digest', run.digest,
        'totals', run.totals, 'opened_by_name', run.opened_by_name,
        'approved_by_id', run.approved_by_id, 'approved_by_name', run.approved_by_name,
        'approved_at', run.approved_at, 'posted_at', run.posted_at)
$$;
CREATE FUNCTION capitation_statement_evidence(told capitation_statement) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
    SELECT jsonb_build_object(
        'id', told.id, 'payee_id', told.payee_id, 'month', told.month, 'sequence', told.sequence,
        'run_ids', told.run_ids, 'payment_id', told.payment_id,
        'opening_cents', told.opening_cents, 'provider_cents', told.provider_cents,
        'withhold_cents', told.withhold_cents, 'other_cents', told.other_cents,
        'paid_cents', told.paid_cents, 'closing_cents', told.closing_cents,
        'held_cents', told.held_cents, 'published_at', told.published_at,
        'published_by', told.published_by,
        'content_sha256', encode(sha256(convert_to(told.content::text, 'UTF8')), 'hex'))
$$;
CREATE FUNCTION capitation_paymentbatch_evidence(batch capitation_paymentbatch) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
    SELECT jsonb_build_object(
        'id', batch.id, 'status', batch.status, 'digest', batch.digest,
        'total_cents', batch.total_cents, 'payment_count', batch.payment_count,
        'prepared_by_id', batch.prepared_by_id, 'prepared_by_name', batch.prepared_by_name,
        'released_by_id', batch.released_by_id, 'released_by_name', batch.released_by_name,
        'released_at', batch.released_at, 'effective_entry_date', batch.effective_entry_date,
        'file_date', batch.file_date, 'file_id_modifier', batch.file_id_modifier,
        'file_sha256', batch.file_sha256, 'cancelled_by_name', batch.cancelled_by_name)
$$;

CREATE FUNCTION ledger_entry_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.audit_take_step(
        'ledger.entry.posted', NEW.id::text, public.ledger_entry_evidence(NEW));
    RETURN NULL;
END $$;
CREATE FUNCTION capitation_run_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.audit_take_step(
        'capitation.run.' || NEW.status, NEW.id::text, public.capitation_run_evidence(NEW));
    RETURN NULL;
END $$;
CREATE FUNCTION capitation_statement_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.audit_take_step('capitation.statement.published', NEW.id::text,
                                   public.capitation_statement_evidence(NEW));
    RETURN NULL;
END $$;
CREATE FUNCTION capitation_paymentbatch_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.audit_take_step('capitation.paymentbatch.' || NEW.status, NEW.id::text,
                                   public.capitation_paymentbatch_evidence(NEW));
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_entry_steps(), capitation_run_steps(), capitation_statement_steps(),
    capitation_paymentbatch_steps() FROM PUBLIC;

CREATE TRIGGER steps AFTER UPDATE ON ledger_entry FOR EACH ROW
    WHEN (NEW.status = 'posted' AND OLD.status <> 'posted')
    EXECUTE FUNCTION ledger_entry_steps();
CREATE TRIGGER steps AFTER UPDATE ON capitation_run FOR EACH ROW
    WHEN ((NEW.status, NEW.digest) IS DISTINCT FROM (OLD.status, OLD.digest))
    EXECUTE FUNCTION capitation_run_steps();
CREATE TRIGGER steps AFTER INSERT ON capitation_statement FOR EACH ROW
    EXECUTE FUNCTION capitation_statement_steps();
CREATE TRIGGER begins AFTER INSERT ON capitation_paymentbatch FOR EACH ROW
    EXECUTE FUNCTION capitation_paymentbatch_steps();
CREATE TRIGGER steps AFTER UPDATE ON capitation_paymentbatch FOR EACH ROW
    WHEN ((NEW.status, NEW.file_sha256) IS DISTINCT FROM (OLD.status, OLD.file_sha256))
    EXECUTE FUNCTION capitation_paymentbatch_steps();

-- What was there before: it is evidence from today on, and says so by its time.
SELECT audit_take_step('ledger.entry.posted', id::text, ledger_entry_evidence(e))
FROM ledger_entry AS e WHERE status = 'posted' ORDER BY id;
SELECT audit_take_step('capitation.run.' || status, id::text, capitation_run_evidence(r))
FROM capitation_run AS r WHERE status <> 'open' ORDER BY id;
SELECT audit_take_step('capitation.statement.published', id::text, capitation_statement_evidence(s))
FROM capitation_statement AS s ORDER BY id;
SELECT audit_take_step('capitation.paymentbatch.' || status, id::text,
                       capitation_paymentbatch_evidence(b))
FROM capitation_paymentbatch AS b ORDER BY id;
