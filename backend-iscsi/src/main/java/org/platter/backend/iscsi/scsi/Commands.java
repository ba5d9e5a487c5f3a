// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.io.IOException;

/** Sends commands that give parameters to one logical unit, each waited for. */
@FunctionalInterface
public interface Commands {
    /**
     * Sends {@code command} and takes at most {@code length} bytes. Unit attentions and busy units are dealt with below.
     *
     * @throws IOException if no answer comes; a bad status is an answer
     */
    Reply send(Cdb command, int length) throws IOException;
}
