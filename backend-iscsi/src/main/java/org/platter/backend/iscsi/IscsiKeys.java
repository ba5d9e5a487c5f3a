// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;

/** The config keys, by name. Source: docs/formats/iscsi.md, section 12. */
final class IscsiKeys {
    static final String TARGET_NAME = "TargetName";
    static final String LUN = "LUN";
    static final String TARGET_ADDRESS = "TargetAddress";
    static final String INITIATOR_NAME = "InitiatorName";
    static final String INITIATOR_USERNAME = "InitiatorUsername";
    static final String INITIATOR_SECRET = "InitiatorSecret";
    static final String INITIATOR_SECRET_ENCRYPTED = "InitiatorSecretEncrypted";
    static final String TARGET_USERNAME = "TargetUsername";
    static final String TARGET_SECRET = "TargetSecret";
    static final String WRITE_SPLIT = "WriteSplit";
    static final String TIMEOUT = "Timeout";
    static final String HOST_IP_STACK = "HostIPStack";
    static final String DUMP_MALFORMED_PACKETS = "DumpMalformedPackets";
    static final String HEADER_DIGEST = "HeaderDigest";
    static final String DATA_DIGEST = "DataDigest";
    static final String TARGET_PORTAL_GROUP = "TargetPortalGroup";
    static final String CHAP_ALGORITHMS = "ChapAlgorithms";
    static final String REDIRECTS = "Redirects";
    static final String QUEUE_DEPTH = "QueueDepth";
    static final String COMMAND_TIMEOUT = "CommandTimeout";
    static final String RECOVERY_TIMEOUT = "RecoveryTimeout";
    static final String REPLAY_BUFFER = "ReplayBuffer";

    private static final ConfigKey[] ACCOUNT = {
        ConfigKey.text(INITIATOR_NAME).describedAs("our name; by default made of the local address"),
        ConfigKey.text(INITIATOR_USERNAME).describedAs("CHAP user; its presence turns CHAP on"),
        ConfigKey.bytes(INITIATOR_SECRET).asSecret().describedAs("CHAP secret; 0x… for binary ones"),
        ConfigKey.text(TARGET_USERNAME).asExpert().describedAs("name that the target must give for mutual CHAP"),
        ConfigKey.bytes(TARGET_SECRET)
                .asExpert()
                .asSecret()
                .describedAs("secret that the target must prove to know; turns mutual CHAP on"),
        ConfigKey.text(CHAP_ALGORITHMS)
                .asExpert()
                .orElse("MD5")
                .describedAs("hash functions by preference: MD5, SHA-1, SHA-256, SHA3-256 or their numbers"),
        ConfigKey.integer(TIMEOUT)
                .asExpert()
                .orElse("10000")
                .describedAs("milliseconds to connect and log in, and the longest silence of a live target"),
        ConfigKey.text(REDIRECTS)
                .asExpert()
                .orElse("safe")
                .describedAs(
                        "redirections to follow: none, same-host, any, or safe: any, but with one-way CHAP same-host"),
    };

    private static final ConfigKey[] UNIT = {
        ConfigKey.text(TARGET_NAME).asMandatory().describedAs("the target, as iqn., eui. or naa. name"),
        ConfigKey.text(LUN).asMandatory().orElse("0").describedAs("0 to 16383, or enc and the 64-bit address"),
        ConfigKey.text(TARGET_ADDRESS).asMandatory().describedAs("host, host:port, [v6] or [v6]:port; port 3260"),
    };

    private static final ConfigKey[] SESSION = {
        ConfigKey.bytes(INITIATOR_SECRET_ENCRYPTED)
                .asExpert()
                .asSecret()
                .describedAs("an encrypted secret, refused until it is decrypted"),
        ConfigKey.integer(WRITE_SPLIT).asExpert().orElse("262144").describedAs("most bytes of one write command"),
        ConfigKey.integer(HOST_IP_STACK)
                .asExpert()
                .orElse("1")
                .describedAs("0: the network stack of a virtual machine, which is not here; only to look at"),
        ConfigKey.integer(DUMP_MALFORMED_PACKETS)
                .asExpert()
                .orElse("0")
                .describedAs("1: log the headers of malformed PDUs"),
        ConfigKey.text(HEADER_DIGEST)
                .asExpert()
                .orElse("None,CRC32C")
                .describedAs("None, CRC32C, both in either order, or empty to take what the target offers"),
        ConfigKey.text(DATA_DIGEST).asExpert().orElse("None,CRC32C").describedAs("likewise for data"),
        ConfigKey.integer(TARGET_PORTAL_GROUP).asExpert().describedAs("the portal group that must answer"),
        ConfigKey.integer(QUEUE_DEPTH).asExpert().orElse("64").describedAs("most commands in flight, 1 to 1024"),
        ConfigKey.integer(COMMAND_TIMEOUT)
                .asExpert()
                .orElse("30000")
                .describedAs("milliseconds for one attempt of a command"),
        ConfigKey.text(RECOVERY_TIMEOUT)
                .asExpert()
                .orElse("60000")
                .describedAs("milliseconds that an outage may last before requests fail; 0 none, -1 for ever"),
        ConfigKey.integer(REPLAY_BUFFER)
                .asExpert()
                .orElse("67108864")
                .describedAs("bytes of memory for unflushed writes, which a restarted target gets again; 0:"
                        + " the next flush fails instead"),
    };

    /** All keys, the account's in between as people expect them. */
    static final ConfigSchema SCHEMA = new ConfigSchema(join(UNIT, ACCOUNT, SESSION));

    /** The keys of a discovery session. */
    static final ConfigSchema DISCOVERY = new ConfigSchema(join(ACCOUNT));

    private IscsiKeys() {}

    private static java.util.List<ConfigKey> join(ConfigKey[]... parts) {
        return java.util.Arrays.stream(parts).flatMap(java.util.Arrays::stream).toList();
    }
}
