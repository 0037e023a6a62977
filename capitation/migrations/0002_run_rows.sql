-- The sum of cents as whole numbers: exact, and without the detour over numeric of sum(bigint).
CREATE AGGREGATE capitation_total(bigint) (
    SFUNC = int8pl, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE
);

-- Whole-number division, half away from zero: the same as core.money.round_div. The sign bit of
-- the numerator, spread over all bits, makes -1 or 1 of it. An argument that costs much should be a
-- column already: PostgreSQL inlines no function that would work it out twice.
CREATE FUNCTION capitation_round_div(numerator bigint, denominator bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (2 * numerator + (numerator >> 63 | 1) * denominator) / (2 * denominator);

-- A percentage in ten-thousandths of a percent, half away from zero: core.money.percent_of.
CREATE FUNCTION capitation_percent(cents bigint, share bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN capitation_round_div(cents * share, 1000000);

-- A step's value as a whole number: ten-thousandths of a percent, or cents a member and month.
CREATE FUNCTION capitation_share(method text, value numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE method WHEN 'pct' THEN (value * 10000)::bigint ELSE 0 END;
CREATE FUNCTION capitation_pmpm(method text, value numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE method WHEN 'pmpm' THEN round(value * 100)::bigint ELSE 0 END;

-- One step of the waterfall: a percentage of a base, or dollars a member and month by days counted.
CREATE FUNCTION capitation_step(
    share bigint, pmpm bigint, base_cents bigint, counted_days int, window_days int
) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN share <> 0 THEN capitation_percent(base_cents, share)
        WHEN pmpm <> 0 THEN capitation_round_div(pmpm * counted_days, window_days) ELSE 0 END;

-- What the provider earns for days at one rate: the full month is rounded once, then divided.
CREATE FUNCTION capitation_provider_cents(
    rate_model text, received_cents bigint, rate_share bigint, rate_pmpm numeric, risk numeric,
    counted_days int, window_days int
) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE rate_model WHEN 'percent' THEN capitation_percent(received_cents, rate_share)
        ELSE capitation_round_div(
            round(rate_pmpm * COALESCE(risk, 1) * 100)::bigint * counted_days, window_days) END;

-- Why nothing is paid although days count: rules/entitlement.py, in the same order.
CREATE FUNCTION capitation_why_nothing(
    status text, pay_basis text, received_cents bigint, rate_model text, rate_pmpm numeric,
    missing_rate text, risk_adjusted boolean, risk numeric, missing_risk text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN status IS NOT NULL THEN 'status'
        WHEN pay_basis = 'received' AND received_cents = 0 THEN 'no_money'
        WHEN rate_model = 'percent' THEN NULL
        WHEN rate_pmpm IS NULL THEN
            CASE missing_rate WHEN 'hold' THEN 'held_rate' WHEN 'zero' THEN 'no_rate'
                              ELSE 'fail_rate' END
        WHEN risk_adjusted AND risk IS NULL THEN
            CASE missing_risk WHEN 'hold' THEN 'held_risk' WHEN 'zero' THEN 'no_risk'
                              ELSE 'fail_risk' END
        END;

CREATE TABLE capitation_waterfall (
    run_id bigint NOT NULL,
    member_id bigint NOT NULL,
    premium_cents bigint NOT NULL,
    expected_cents bigint NOT NULL,
    received_cents bigint NOT NULL,
    admin_fee_cents bigint NOT NULL,
    reinsurance_cents bigint NOT NULL,
    hospital_pool_cents bigint NOT NULL,
    specialist_pool_cents bigint NOT NULL,
    pharmacy_pool_cents bigint NOT NULL,
    provider_cents bigint NOT NULL,
    retained_cents bigint NOT NULL,
    suspense_cents bigint NOT NULL,
    withhold_cents bigint NOT NULL,
    terms_id bigint,
    coverage_month date NOT NULL,
    covered_days smallint NOT NULL,
    counted_days smallint NOT NULL,
    age smallint,
    sex varchar(1),
    plan_code varchar(20),
    rate_pmpm numeric(10, 4),
    risk numeric(7, 4),
    pcps text,
    status varchar(20),
    reason varchar(12) NOT NULL,
    zero_reason varchar(20),
    CONSTRAINT capitation_waterfall_sums CHECK (
        received_cents = admin_fee_cents + reinsurance_cents + hospital_pool_cents
            + specialist_pool_cents + pharmacy_pool_cents + provider_cents
            + retained_cents + suspense_cents
    ),
    CONSTRAINT capitation_waterfall_month CHECK (date_part('day', coverage_month) = 1)
) PARTITION BY LIST (run_id);

CREATE TABLE capitation_share (
    run_id bigint NOT NULL,
    member_id bigint NOT NULL,
    payee_id bigint NOT NULL,
    practitioner_id bigint NOT NULL,
    provider_cents bigint NOT NULL,
    withhold_cents bigint NOT NULL,
    coverage_month date NOT NULL,
    days smallint NOT NULL
) PARTITION BY LIST (run_id);

-- Attached partitions never change: a recalculation replaces an unposted run's partitions whole.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_waterfall
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON capitation_share
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_waterfall
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON capitation_share
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE FUNCTION capitation_drop_partitions(run bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    base text;
BEGIN
    IF EXISTS (SELECT FROM capitation_run WHERE id = run AND status = 'posted') THEN
        RAISE EXCEPTION 'run % is posted: its rows stay', run USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH base IN ARRAY ARRAY['capitation_waterfall', 'capitation_share'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', base || '_r' || run);
    END LOOP;
END $$;

-- Take what was calculated as the run's partition: copy, keys and checks set-wise (of what would be
-- foreign keys too; the proof of a run finds a share without its row), attach, close. Whoever calls
-- it needs no right to change tables.
CREATE FUNCTION capitation_attach_partition(run bigint, base text, calculated text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text := base || '_r' || run;
    keys text;
    truths text;
    lost bigint;
BEGIN
    IF base NOT IN ('capitation_waterfall', 'capitation_share') THEN
        RAISE EXCEPTION '% is no table of runs', base;
    END IF;
    keys := CASE base WHEN 'capitation_waterfall' THEN 'member_id, coverage_month'
            ELSE 'member_id, coverage_month, payee_id, practitioner_id' END;
    EXECUTE format('CREATE TABLE %I AS TABLE %I', part, calculated);
    SELECT string_agg(truth, ', ') INTO truths FROM (
        SELECT format('ALTER COLUMN %I SET NOT NULL', attname) AS truth
        FROM pg_attribute WHERE attrelid = base::regclass AND attnum > 0 AND attnotnull
        UNION ALL
        SELECT format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid = base::regclass AND contype = 'c'
    ) AS parent;
    EXECUTE format('ALTER TABLE %I %s, ADD CONSTRAINT %I CHECK (run_id = %s), '
                   'ADD CONSTRAINT %I PRIMARY KEY (%s)',
                   part, truths, part || '_run', run, part || '_pkey', keys);
    IF base = 'capitation_waterfall' THEN
        EXECUTE format('SELECT count(*) FROM %I r WHERE NOT EXISTS '
                       '(SELECT FROM capitation_member m WHERE m.id = r.member_id)', part)
            INTO lost;
        IF lost > 0 THEN
            RAISE EXCEPTION '% rows of run % name no member', lost, run;
        END IF;
    ELSE
        EXECUTE format('CREATE INDEX ON %I (payee_id)', part);
        EXECUTE format('SELECT count(*) FROM (SELECT DISTINCT payee_id FROM %I) r WHERE NOT EXISTS '
                       '(SELECT FROM identity_party p WHERE p.id = r.payee_id)', part) INTO lost;
        IF lost > 0 THEN
            RAISE EXCEPTION '% payees of run % are no party', lost, run;
        END IF;
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', base, part, run);
    EXECUTE format('CREATE TRIGGER refuse_insert BEFORE INSERT ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', part);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', part);
END $$;
