// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.io.IOException;
import java.util.Optional;
import org.platter.error.ErrorCode;

/** The target answered a login with a status other than success. Never leaves the bundle. */
public final class LoginRefused extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int AUTHENTICATION_FAILED = 0x0201;
    private static final int NOT_FOUND = 0x0203;
    private static final int TOO_MANY_CONNECTIONS = 0x0206;

    private final int status;
    private final transient Optional<Portal> redirect;

    LoginRefused(int status, String stage, Optional<Portal> redirect) {
        super(String.format("login refused by the target in the %s stage: %s (%04x)", stage, text(status), status));
        this.status = status;
        this.redirect = redirect;
    }

    /** Where the target sends us instead. */
    Optional<Portal> redirect() {
        return redirect;
    }

    /** True if the same login may succeed later, while the target is known to be good. */
    public boolean passing() {
        return status == NOT_FOUND || passingAtOpen() || status == 0x0208 || status == 0x020a;
    }

    /** True if the same login may succeed in a moment, even if the target is not known yet. */
    public boolean passingAtOpen() {
        return status >> 8 == 3 || status == TOO_MANY_CONNECTIONS;
    }

    /** The code for users. */
    public ErrorCode code() {
        switch (status) {
            case AUTHENTICATION_FAILED:
            case 0x0202:
                return ErrorCode.DENIED;
            case NOT_FOUND:
            case 0x0204:
                return ErrorCode.NOT_FOUND;
            case 0x0205:
            case 0x0209:
                return ErrorCode.NOT_SUPPORTED;
            default:
                return ErrorCode.IO;
        }
    }

    private static String text(int status) {
        switch (status) {
            case 0x0101:
                return "target moved for now";
            case 0x0102:
                return "target moved for good";
            case AUTHENTICATION_FAILED:
                return "authentication of the initiator failed";
            case 0x0202:
                return "this initiator is not allowed";
            case NOT_FOUND:
                return "no such target";
            case 0x0204:
                return "target removed";
            case 0x0205:
                return "protocol version not supported";
            case TOO_MANY_CONNECTIONS:
                return "too many connections";
            case 0x0207:
                return "missing parameter";
            case 0x0208:
                return "cannot join the session";
            case 0x0209:
                return "session type not supported";
            case 0x020a:
                return "no such session";
            case 0x020b:
                return "invalid during login";
            case 0x0300:
                return "target error";
            case 0x0301:
                return "service unavailable";
            case 0x0302:
                return "out of resources";
            default:
                return status >> 8 == 2 ? "initiator error" : "target error of unknown kind";
        }
    }
}
