// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.platter.backend.iscsi.login.Connector;
import org.platter.backend.iscsi.login.Connector.Redirects;
import org.platter.backend.iscsi.login.Credentials;
import org.platter.backend.iscsi.login.Identity;
import org.platter.backend.iscsi.login.Offer;
import org.platter.backend.iscsi.login.Portal;
import org.platter.backend.iscsi.scsi.LunAddress;
import org.platter.backend.iscsi.session.SessionOptions;
import org.platter.config.Config;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.TcpConnector;

/** Config values with a meaning; every one is judged here. For one thread. */
final class Settings {
    private static final Set<String> DIGESTS = Set.of("", "None", "CRC32C", "None,CRC32C", "CRC32C,None");
    private static final int LONGEST_NAME = 223;
    private static final int LONGEST_SECRET = 255;
    private static final long MOST_MILLIS = TimeUnit.DAYS.toMillis(1);

    private final Config config;

    Settings(Config config) {
        this.config = config;
    }

    private DiskException bad(String key, String wants) {
        return new DiskException(ErrorCode.BAD_VALUE, "config key " + key + " wants " + wants);
    }

    private long number(String key, long least, long most) throws DiskException {
        long value = config.integer(key).orElseThrow(() -> bad(key, "a value"));
        if (value < least || value > most) {
            throw bad(key, "a number from " + least + " to " + most + ", not " + value);
        }
        return value;
    }

    private long nanos(String key) throws DiskException {
        return TimeUnit.MILLISECONDS.toNanos(number(key, 1, MOST_MILLIS));
    }

    String targetName() throws DiskException {
        return name(IscsiKeys.TARGET_NAME)
                .orElseThrow(() -> new DiskException(ErrorCode.MISSING_KEY, "config key TargetName is missing"));
    }

    /** An iSCSI name, checked only for what would break the protocol: targets have odd ones. */
    private Optional<String> name(String key) throws DiskException {
        Optional<String> name = config.text(key);
        if (name.isPresent()
                && (name.get().isEmpty()
                        || name.get().length() > LONGEST_NAME
                        || name.get().chars().anyMatch(c -> c <= ' ' || c == 0x7F || c == '/'))) {
            throw bad(key, "a name of 1 to " + LONGEST_NAME + " characters without blanks and slashes");
        }
        return name;
    }

    long lun() throws DiskException {
        return LunAddress.parse(config.text(IscsiKeys.LUN).orElse("0"))
                .orElseThrow(() -> bad(IscsiKeys.LUN, "a number from 0 to 16383, or enc and a 64-bit number"));
    }

    Portal portal() throws DiskException {
        return Portal.parse(config.text(IscsiKeys.TARGET_ADDRESS).orElse(""))
                .orElseThrow(() -> bad(IscsiKeys.TARGET_ADDRESS, "host, host:port, [v6] or [v6]:port"));
    }

    boolean hostStack() {
        return config.flag(IscsiKeys.HOST_IP_STACK);
    }

    long timeoutNanos() throws DiskException {
        return nanos(IscsiKeys.TIMEOUT);
    }

    long commandNanos() throws DiskException {
        return nanos(IscsiKeys.COMMAND_TIMEOUT);
    }

    int writeSplit() throws DiskException {
        return (int) number(IscsiKeys.WRITE_SPLIT, 512, 16 << 20);
    }

    String initiatorName() throws DiskException {
        return name(IscsiKeys.INITIATOR_NAME).orElse("");
    }

    private Optional<Credentials> credentials() throws DiskException {
        Optional<String> user = config.text(IscsiKeys.INITIATOR_USERNAME);
        Optional<byte[]> secret = config.bytes(IscsiKeys.INITIATOR_SECRET);
        byte[] targetSecret = config.bytes(IscsiKeys.TARGET_SECRET).orElse(new byte[0]);
        if (secret.isEmpty()
                && config.text(IscsiKeys.INITIATOR_SECRET_ENCRYPTED).isPresent()) {
            throw bad(IscsiKeys.INITIATOR_SECRET, "the secret, which is here only in encrypted form");
        }
        if (user.isEmpty()) {
            if (secret.isPresent() || targetSecret.length > 0) {
                throw bad(
                        IscsiKeys.INITIATOR_USERNAME,
                        "a user, as there is a secret; a target proves itself only to one");
            }
            return Optional.empty();
        }
        byte[] ours = secret.orElseThrow(() -> bad(IscsiKeys.INITIATOR_SECRET, "a secret, as there is a user"));
        if (ours.length < 1 || ours.length > LONGEST_SECRET || targetSecret.length > LONGEST_SECRET) {
            throw bad(IscsiKeys.INITIATOR_SECRET, "1 to " + LONGEST_SECRET + " bytes");
        }
        if (Arrays.equals(ours, targetSecret)) {
            throw bad(
                    IscsiKeys.TARGET_SECRET,
                    "another secret than InitiatorSecret: with one secret for both"
                            + " directions a stranger can have us prove his identity");
        }
        String algorithms = config.text(IscsiKeys.CHAP_ALGORITHMS).orElse("MD5");
        return Optional.of(Credentials.of(
                        user.get(), ours, config.text(IscsiKeys.TARGET_USERNAME).orElse(""), targetSecret)
                .withAlgorithms(algorithms)
                .orElseThrow(() -> bad(IscsiKeys.CHAP_ALGORITHMS, "MD5, SHA-1, SHA-256, SHA3-256, with commas")));
    }

    private String digest(String key) throws DiskException {
        String list = config.text(key).orElse("None");
        if (!DIGESTS.contains(list)) {
            throw bad(key, "None, CRC32C, None,CRC32C, CRC32C,None or nothing");
        }
        return list;
    }

    private Redirects redirects() throws DiskException {
        String policy = config.text(IscsiKeys.REDIRECTS).orElse("safe");
        return Arrays.stream(Redirects.values())
                .filter(r -> r.name().replace('_', '-').toLowerCase(Locale.ROOT).equals(policy))
                .findFirst()
                .orElseThrow(() -> bad(IscsiKeys.REDIRECTS, "safe, none, same-host or any"));
    }

    private long recoveryNanos() throws DiskException {
        String text = config.text(IscsiKeys.RECOVERY_TIMEOUT).orElse("60000");
        if (text.equals("-1")) {
            return -1;
        }
        if (!text.matches("\\d{1,10}") || Long.parseLong(text) > MOST_MILLIS) {
            throw bad(IscsiKeys.RECOVERY_TIMEOUT, "milliseconds from 0 to " + MOST_MILLIS + ", or -1 for ever");
        }
        return TimeUnit.MILLISECONDS.toNanos(Long.parseLong(text));
    }

    Connector dialer(TcpConnector connector) throws DiskException {
        Offer offer = Offer.DEFAULT.withDigests(digest(IscsiKeys.HEADER_DIGEST), digest(IscsiKeys.DATA_DIGEST));
        return new Connector(connector, portal(), credentials(), offer, redirects());
    }

    /** For a config that names no target, only an account. */
    Connector discoveryDialer(TcpConnector connector, String address) throws DiskException {
        Portal portal = Portal.parse(address)
                .orElseThrow(() -> bad(IscsiKeys.TARGET_ADDRESS, "host, host:port, [v6] or [v6]:port"));
        return new Connector(connector, portal, credentials(), Offer.DEFAULT, redirects());
    }

    /** A session that only looks. */
    SessionOptions inspection(Identity identity, String place) throws DiskException {
        return new SessionOptions(identity, place, 0, 1, timeoutNanos(), timeoutNanos(), 0, 0, false);
    }

    SessionOptions session() throws DiskException {
        Optional<Integer> group = config.integer(IscsiKeys.TARGET_PORTAL_GROUP).isPresent()
                ? Optional.of((int) number(IscsiKeys.TARGET_PORTAL_GROUP, 0, 65535))
                : Optional.empty();
        Identity identity = new Identity(initiatorName(), Optional.of(targetName()), group, Identity.drawIsid());
        return new SessionOptions(
                identity,
                portal() + "/" + targetName() + "/" + LunAddress.text(lun()),
                lun(),
                (int) number(IscsiKeys.QUEUE_DEPTH, 1, 1024),
                timeoutNanos(),
                commandNanos(),
                recoveryNanos(),
                number(IscsiKeys.REPLAY_BUFFER, 0, 1L << 40),
                config.flag(IscsiKeys.DUMP_MALFORMED_PACKETS));
    }
}
