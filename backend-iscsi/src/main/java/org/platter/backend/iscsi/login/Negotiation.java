// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.net.ProtocolException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.backend.iscsi.wire.Digests;
import org.platter.backend.iscsi.wire.Text;

/**
 * The operational keys of one login: what we offer, what the target answers, what the target offers by itself. A value
 * out of its range fails the login. Source: docs/formats/iscsi.md, section 2.3.
 */
final class Negotiation {
    private static final int MOST_24_BITS = 16777215;
    private static final Set<String> REFUSALS = Set.of("NotUnderstood", "Irrelevant", "Reject");
    private static final Set<String> DECLARED = Set.of("TargetAlias", "TargetAddress", "TargetPortalGroupTag");
    private static final Set<String> MARKERS = Set.of("IFMarker", "OFMarker");

    private enum Rule {
        MIN,
        MAX,
        DECLARE
    }

    private enum Number {
        MaxRecvDataSegmentLength(512, MOST_24_BITS, 8192, Rule.DECLARE),
        MaxBurstLength(512, MOST_24_BITS, 262144, Rule.MIN),
        FirstBurstLength(512, MOST_24_BITS, 65536, Rule.MIN),
        MaxOutstandingR2T(1, 65535, 1, Rule.MIN),
        MaxConnections(1, 65535, 1, Rule.MIN),
        DefaultTime2Wait(0, 3600, 2, Rule.MAX),
        DefaultTime2Retain(0, 3600, 20, Rule.MIN),
        ErrorRecoveryLevel(0, 2, 0, Rule.MIN);

        final int least;
        final int most;
        final int fallback;
        final Rule rule;

        Number(int least, int most, int fallback, Rule rule) {
            this.least = least;
            this.most = most;
            this.fallback = fallback;
            this.rule = rule;
        }
    }

    private enum Flag {
        InitialR2T(true, true),
        ImmediateData(true, false),
        DataPDUInOrder(true, true),
        DataSequenceInOrder(true, true);

        final boolean fallback;
        final boolean or;

        Flag(boolean fallback, boolean or) {
            this.fallback = fallback;
            this.or = or;
        }
    }

    private final Offer ours;
    private final Map<String, String> offered = new LinkedHashMap<>();
    private final Map<Number, Integer> numbers = new HashMap<>();
    private final Map<Flag, Boolean> flags = new HashMap<>();
    private final Map<String, Boolean> digests = new HashMap<>();

    Negotiation(Offer ours, boolean discovery) {
        this.ours = ours;
        offerDigest("HeaderDigest", ours.headerDigest());
        offerDigest("DataDigest", ours.dataDigest());
        offer(Number.MaxRecvDataSegmentLength, ours.segment());
        if (!discovery) {
            offered.put("InitialR2T", ours.initialR2t() ? "Yes" : "No");
            offered.put("ImmediateData", ours.immediateData() ? "Yes" : "No");
            offer(Number.MaxBurstLength, ours.maxBurst());
            offer(Number.FirstBurstLength, Math.min(ours.firstBurst(), ours.maxBurst()));
            offer(Number.MaxOutstandingR2T, ours.maxOutstandingR2t());
            offer(Number.MaxConnections, 1);
            offered.put("DataPDUInOrder", "Yes");
            offered.put("DataSequenceInOrder", "Yes");
        }
        offer(Number.DefaultTime2Wait, 0);
        offer(Number.DefaultTime2Retain, 0);
        offer(Number.ErrorRecoveryLevel, 0);
    }

    private void offer(Number key, int value) {
        offered.put(key.name(), Integer.toString(value));
    }

    private void offerDigest(String key, String list) {
        if (!list.isEmpty()) {
            offered.put(key, list);
        }
    }

    /** What we send first. */
    Map<String, String> offer() {
        return Map.copyOf(offered);
    }

    /** Takes the target's keys and gives what must be answered to those that it offers itself. */
    Map<String, String> take(Map<String, String> keys) throws ProtocolException {
        Map<String, String> replies = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : keys.entrySet()) {
            String key = entry.getKey();
            String value = entry.getValue();
            String mine = offered.get(key);
            if (mine != null && REFUSALS.contains(value)) {
                refused(key, mine, value);
            } else if (key.endsWith("Digest")) {
                digest(key, value, mine, replies);
            } else if (named(Flag.values(), key)) {
                flag(Flag.valueOf(key), value, mine, replies);
            } else if (named(Number.values(), key)) {
                number(Number.valueOf(key), value, mine, replies);
            } else if (MARKERS.contains(key)) {
                replies.put(key, "No");
            } else if (!DECLARED.contains(key) && !REFUSALS.contains(value)) {
                replies.put(key, "NotUnderstood");
            }
        }
        return replies;
    }

    private static boolean named(Enum<?>[] values, String key) {
        return Arrays.stream(values).anyMatch(v -> v.name().equals(key));
    }

    private static void refused(String key, String mine, String value) throws ProtocolException {
        if (key.endsWith("Digest") && !List.of(mine.split(",")).contains("None")) {
            throw new ProtocolException("the target answers " + value + " to " + key + ", which is wanted");
        }
    }

    private void digest(String key, String value, String mine, Map<String, String> replies) throws ProtocolException {
        if (mine != null) {
            if (!List.of(mine.split(",")).contains(value)) {
                throw bad(key, value);
            }
            digests.put(key, value.equals("CRC32C"));
            return;
        }
        List<String> theirs = List.of(value.split(","));
        String choice = theirs.stream()
                .filter(v -> v.equals("None") || v.equals("CRC32C"))
                .findFirst()
                .orElse("Reject");
        digests.put(key, choice.equals("CRC32C"));
        replies.put(key, choice);
    }

    private void flag(Flag key, String value, String mine, Map<String, String> replies) throws ProtocolException {
        if (!value.equals("Yes") && !value.equals("No")) {
            throw bad(key.name(), value);
        }
        boolean theirs = value.equals("Yes");
        boolean own = mine == null ? key.fallback : mine.equals("Yes");
        boolean result = key.or ? theirs || own : theirs && own;
        flags.put(key, result);
        if (mine == null) {
            replies.put(key.name(), result ? "Yes" : "No");
        }
    }

    private void number(Number key, String value, String mine, Map<String, String> replies) throws ProtocolException {
        int theirs = parse(key, value);
        if (key.rule == Rule.DECLARE) {
            numbers.put(key, theirs);
            return;
        }
        int own = mine == null ? key.fallback : Integer.parseInt(mine);
        int result = key.rule == Rule.MIN ? Math.min(theirs, own) : Math.max(theirs, own);
        numbers.put(key, result);
        if (mine == null) {
            replies.put(key.name(), Integer.toString(result));
        }
    }

    private static int parse(Number key, String value) throws ProtocolException {
        boolean decimal = value.matches("\\d{1,10}");
        if (!decimal && !value.matches("0[xX][0-9a-fA-F]{1,8}")) {
            throw bad(key.name(), value);
        }
        long number = decimal ? Long.parseLong(value) : Long.parseLong(value.substring(2), 16);
        if (number < key.least || number > key.most) {
            throw bad(key.name(), value);
        }
        return (int) number;
    }

    private static ProtocolException bad(String key, String value) {
        return new ProtocolException("login answer " + key + "=" + Text.shown(value) + " is not allowed");
    }

    /** What is agreed now; a key that was never answered keeps the standard's default. */
    Parameters result() {
        return new Parameters(
                new Digests(digests.getOrDefault("HeaderDigest", false), digests.getOrDefault("DataDigest", false)),
                flags.getOrDefault(Flag.InitialR2T, true),
                flags.getOrDefault(Flag.ImmediateData, ours.immediateData()),
                value(Number.MaxRecvDataSegmentLength),
                value(Number.MaxBurstLength),
                value(Number.FirstBurstLength),
                value(Number.MaxOutstandingR2T));
    }

    private int value(Number key) {
        return numbers.getOrDefault(key, key.fallback);
    }
}
