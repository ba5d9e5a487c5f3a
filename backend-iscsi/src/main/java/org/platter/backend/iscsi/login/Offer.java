// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

/**
 * What we offer in a login. Lengths in bytes.
 *
 * @param headerDigest {@code None}, {@code CRC32C}, both in either order, or empty to leave the choice to the target
 * @param dataDigest likewise
 * @param initialR2t true to wait for an R2T before any data but the immediate
 * @param immediateData true to send data with the command
 * @param segment largest data segment that we take
 * @param maxBurst most data of one R2T
 * @param firstBurst most data before the first R2T
 * @param maxOutstandingR2t most R2Ts of one command at a time
 */
public record Offer(
        String headerDigest,
        String dataDigest,
        boolean initialR2t,
        boolean immediateData,
        int segment,
        int maxBurst,
        int firstBurst,
        int maxOutstandingR2t) {

    /** What serves most targets best. */
    public static final Offer DEFAULT =
            new Offer("None,CRC32C", "None,CRC32C", false, true, 256 << 10, 1 << 20, 256 << 10, 8);

    /** The same with these digest lists. */
    public Offer withDigests(String header, String data) {
        return new Offer(header, data, initialR2t, immediateData, segment, maxBurst, firstBurst, maxOutstandingR2t);
    }
}
