// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

/**
 * What clients may use. Immutable.
 *
 * @param connections at the same time
 * @param requests that one connection has under way
 * @param commonBytes of memory that requests of all connections hold, besides each connection's own share
 * @param connectionBytes of memory that the requests of one connection hold
 * @param handshakeMillis from connecting to the first request
 * @param stallMillis in the middle of a message, or without taking replies
 * @param idleMillis without any request; 0: for ever
 * @param ownThreads clients that get a thread of their own; the rest share one
 * @param workers threads of one export, for disks that only work by waiting
 * @param shutdownMillis for requests under way when an export is closed
 */
public record Limits(
        int connections,
        int requests,
        long commonBytes,
        long connectionBytes,
        long handshakeMillis,
        long stallMillis,
        long idleMillis,
        int ownThreads,
        int workers,
        long shutdownMillis) {
    /** Bytes of request data that are handled in one go, where there is memory. */
    public static final int PIECE = 1 << 20;

    /** Without any configuration. */
    public static final Limits DEFAULT = new Limits(1024, 128, 256 << 20, 64 << 20, 10_000, 60_000, 0, 32, 16, 10_000);
}
