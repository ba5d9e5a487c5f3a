// SPDX-License-Identifier: Apache-2.0
/**
 * A session that outlives its connections: commands in flight, flow control, timers, recovery. May use {@code wire},
 * {@code login}, {@code scsi}. Source: {@code docs/formats/iscsi.md}, sections 5 to 8.
 *
 * <p>Threading. One lock, {@link org.platter.backend.iscsi.session.CommandWindow#lock}, guards all queues and counters; nothing
 * blocks while it is held. Whoever holds the <em>lead</em> receives, runs timers and ends commands. A caller that waits
 * for the only request in flight leads by itself, so that no thread is woken for it; else the session's one thread
 * does. That thread alone reconnects and completes futures. Anybody sends.
 */
package org.platter.backend.iscsi.session;
