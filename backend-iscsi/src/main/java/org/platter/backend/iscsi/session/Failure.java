// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import org.platter.backend.iscsi.login.LoginRefused;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Why a request failed. Becomes an exception only in the thread that reports it.
 *
 * @param code for users
 * @param message a sentence, without the place
 */
public record Failure(ErrorCode code, String message) {
    /** What an exception below means for a request. */
    public static Failure of(IOException e) {
        if (e instanceof DiskException failure) {
            return new Failure(failure.code(), e.getMessage());
        }
        if (e instanceof LoginRefused refused) {
            return new Failure(refused.code(), e.getMessage());
        }
        boolean late = e instanceof java.net.SocketTimeoutException;
        return new Failure(late ? ErrorCode.TIMEOUT : ErrorCode.IO, text(e));
    }

    private static String text(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** As an exception, to be thrown at once. */
    public DiskException exception() {
        return new DiskException(code, "iSCSI: " + message);
    }
}
