// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.security.SecureRandom;
import java.util.Optional;

/**
 * Who logs in to what. The same for every login of one session, so that a target lets go of what died.
 *
 * @param initiator our name, iqn., eui. or naa.
 * @param target the target's name, or empty for a discovery session
 * @param portalGroup the portal group that must answer, if that matters
 * @param isid 6 bytes, in the low bits
 */
public record Identity(String initiator, Optional<String> target, Optional<Integer> portalGroup, long isid) {
    /** Type "random" in the first two of 48 bits. */
    private static final long RANDOM_TYPE = 0b10L << 46;

    /** A fresh ISID: never zero, never that of another session of ours. */
    public static long drawIsid() {
        return RANDOM_TYPE | new SecureRandom().nextLong() & ((1L << 46) - 1) & ~(0x3FL << 40);
    }

    /** True if this is for SendTargets only. */
    boolean discovery() {
        return target.isEmpty();
    }

    /** As part of a message. */
    @Override
    public String toString() {
        return target.orElse("discovery");
    }
}
