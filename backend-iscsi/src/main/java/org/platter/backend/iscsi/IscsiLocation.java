// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.platter.backend.iscsi.login.Portal;
import org.platter.backend.iscsi.scsi.LunAddress;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** {@code iscsi://[user[%secret]@]host[:port]/target/lun} and back, the way back without the account. */
final class IscsiLocation {
    static final String SCHEME = "iscsi";

    private IscsiLocation() {}

    /** The config values that a location says; none for one without host and path. */
    static Map<String, String> config(URI location) throws DiskException {
        String authority = location.getRawAuthority();
        String path = location.getPath();
        Map<String, String> config = new LinkedHashMap<>();
        if (authority == null && (path == null || path.isEmpty() || path.equals("/"))) {
            return config;
        }
        int lastSlash = path == null ? -1 : path.lastIndexOf('/');
        if (authority == null || lastSlash < 2 || lastSlash == path.length() - 1 || path.indexOf('/', 1) != lastSlash) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "an iSCSI location is iscsi://[user[%secret]@]host[:port]/target/lun, not one with the path '"
                            + path + "'");
        }
        account(authority, config);
        config.put(IscsiKeys.TARGET_NAME, path.substring(1, lastSlash));
        config.put(IscsiKeys.LUN, path.substring(lastSlash + 1));
        return config;
    }

    /** The config values of a portal alone, for discovery; the address among them. */
    static Map<String, String> portal(URI location) throws DiskException {
        Map<String, String> config = new LinkedHashMap<>();
        if (location.getRawAuthority() == null) {
            throw new DiskException(ErrorCode.BAD_VALUE, "a portal is iscsi://[user[%secret]@]host[:port]");
        }
        account(location.getRawAuthority(), config);
        return config;
    }

    private static void account(String authority, Map<String, String> config) throws DiskException {
        int at = authority.lastIndexOf('@');
        if (at >= 0) {
            // the account is escaped as a whole: its own percent sign is %25
            String account = decoded(authority.substring(0, at));
            int percent = account.indexOf('%');
            config.put(IscsiKeys.INITIATOR_USERNAME, percent < 0 ? account : account.substring(0, percent));
            if (percent >= 0) {
                byte[] secret = account.substring(percent + 1).getBytes(StandardCharsets.UTF_8);
                config.put(IscsiKeys.INITIATOR_SECRET, "0x" + HexFormat.of().formatHex(secret));
            }
        }
        config.put(IscsiKeys.TARGET_ADDRESS, authority.substring(at + 1).replace("%25", "%"));
    }

    private static String decoded(String text) throws DiskException {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE, "the account in an iSCSI location is not escaped as a URI wants");
        }
    }

    /** The location of a unit. */
    static URI of(Portal portal, String target, long lun) {
        String address = portal.toString().replace("%", "%25");
        try {
            String path = new URI(null, null, "/" + target + "/" + LunAddress.text(lun), null).getRawPath();
            return URI.create(SCHEME + "://" + address + path);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("target '" + target + "' fits no location", e);
        }
    }
}
