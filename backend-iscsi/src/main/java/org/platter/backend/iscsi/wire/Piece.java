// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

/** Something that waits to be sent: one PDU or several of one kind. */
@FunctionalInterface
public interface Piece {
    /** Composes the next PDU; true if that was the last. Called by the thread that sends. */
    boolean compose(Sender sender, int expStatSn);
}
