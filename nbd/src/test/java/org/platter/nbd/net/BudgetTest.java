// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetTest {
    private static final int OWN = 256 << 10;

    private EventLoop loop;

    @BeforeEach
    void start() throws IOException {
        loop = new EventLoop("test");
    }

    @AfterEach
    void end() {
        loop.close();
    }

    @Test
    void everybodyHasAShareWhateverOthersHold() {
        Budget budget = new Budget(loop, OWN, OWN, 100L * OWN);
        assertTrue(budget.account().take(2 * OWN));
        for (int i = 0; i < 1000; i++) {
            Budget.Account account = budget.account();
            assertTrue(account.take(OWN));
            assertFalse(account.take(1));
        }
    }

    @Test
    void nobodyGetsMoreThanIsLeftForOthers() {
        Budget budget = new Budget(loop, OWN, 16 * OWN, 100L * OWN);
        List<Integer> pieces = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Budget.Account account = budget.account();
            int got = 0;
            while (account.take(OWN)) {
                got++;
            }
            pieces.add(got - 1);
        }
        assertEquals(List.of(8, 4, 2, 1), pieces);
    }

    @Test
    void nobodyGetsMoreThanTheMost() {
        Budget.Account account = new Budget(loop, OWN, 1000L * OWN, 3L * OWN).account();
        assertTrue(account.take(3 * OWN));
        assertFalse(account.take(1));
    }

    @Test
    void whatIsGivenBackIsThereAgain() {
        Budget budget = new Budget(loop, OWN, 4 * OWN, 100L * OWN);
        for (int round = 0; round < 100; round++) {
            Budget.Account account = budget.account();
            assertTrue(account.take(OWN / 2));
            assertTrue(account.take(OWN));
            assertTrue(account.take(OWN));
            account.give(OWN);
            account.give(OWN / 2);
            account.give(OWN);
        }
    }

    @Test
    void whoWaitsIsCalledWhenThereIsEnough() throws InterruptedException {
        Budget budget = new Budget(loop, OWN, 0, 100L * OWN);
        Budget.Account account = budget.account();
        assertTrue(account.take(OWN));
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        loop.execute(() -> {
            assertFalse(account.take(OWN, called::countDown));
            asked.countDown();
        });
        asked.await();
        account.give(OWN / 2);
        loop.call(() -> assertEquals(1, called.getCount()));
        account.give(OWN / 2);
        called.await();
        assertTrue(account.take(OWN));
    }
}
