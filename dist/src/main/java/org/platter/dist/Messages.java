// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

/** What the launcher itself has to say: one line on standard error, a stack trace only for those who ask for it. */
record Messages(boolean debug) {
    void failed(String what, Throwable why) {
        String reason = why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
        System.err.println("platter: " + what + ": " + reason.replaceAll("\\s*\\R\\s*", " "));
        debug(why);
    }

    void debug(Throwable why) {
        if (debug) {
            why.printStackTrace();
        }
    }
}
