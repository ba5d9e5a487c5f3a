// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.platter.backend.iscsi.login.Chap.Algorithm;

/** Names and secrets for CHAP. Never prints a secret; {@link #clear} overwrites them. Safe for use by many threads. */
public final class Credentials {
    private static final int REMEMBERED = 64;

    private final String user;
    private final byte[] secret;
    private final String targetUser;
    private final byte[] targetSecret;
    private final List<Algorithm> algorithms;
    private final Deque<byte[]> challenges = new ArrayDeque<>(); // that we sent, the last few; guarded by itself

    private Credentials(
            String user, byte[] secret, String targetUser, byte[] targetSecret, List<Algorithm> algorithms) {
        this.user = user;
        this.secret = secret;
        this.targetUser = targetUser;
        this.targetSecret = targetSecret;
        this.algorithms = algorithms;
    }

    /**
     * Credentials that take MD5 only.
     *
     * @param targetUser the name that the target must give, or empty for any
     * @param targetSecret what the target must prove to know, or empty if it need not
     */
    public static Credentials of(String user, byte[] secret, String targetUser, byte[] targetSecret) {
        return new Credentials(user, secret.clone(), targetUser, targetSecret.clone(), List.of(Algorithm.MD5));
    }

    /** The same with the algorithms of a list such as {@code "7,5"} or {@code "SHA-256,MD5"}, if it is one. */
    public Optional<Credentials> withAlgorithms(String list) {
        List<Algorithm> wanted = new ArrayList<>();
        for (String item : list.split(",", -1)) {
            Optional<Algorithm> named = Arrays.stream(Algorithm.values())
                    .filter(a -> item.strip().equalsIgnoreCase(a.javaName())
                            || item.strip().equals(Integer.toString(a.number())))
                    .findFirst();
            if (named.isEmpty() || wanted.contains(named.get())) {
                return Optional.empty();
            }
            wanted.add(named.get());
        }
        return Optional.of(new Credentials(user, secret, targetUser, targetSecret, List.copyOf(wanted)));
    }

    String user() {
        return user;
    }

    byte[] secret() {
        return secret;
    }

    String targetUser() {
        return targetUser;
    }

    byte[] targetSecret() {
        return targetSecret;
    }

    List<Algorithm> algorithms() {
        return algorithms;
    }

    /** True if the target has to authenticate itself. */
    public boolean mutual() {
        return targetSecret.length > 0;
    }

    /** Notes a challenge of ours, so that it is recognised when it comes back. */
    void sent(byte[] challenge) {
        synchronized (challenges) {
            challenges.addLast(challenge.clone());
            if (challenges.size() > REMEMBERED) {
                challenges.removeFirst();
            }
        }
    }

    /** True if a challenge is one of ours: answering it would prove the target's identity in its place. */
    boolean reflected(byte[] challenge) {
        synchronized (challenges) {
            return challenges.stream().anyMatch(ours -> Arrays.equals(ours, challenge));
        }
    }

    /** Overwrites the secrets. */
    public void clear() {
        Arrays.fill(secret, (byte) 0);
        Arrays.fill(targetSecret, (byte) 0);
    }

    @Override
    public String toString() {
        return "CHAP user '" + user + "'" + (mutual() ? ", mutual" : "");
    }
}
