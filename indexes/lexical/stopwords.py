"""Function words by language (ISO 639-1), written for Ragline.

They serve two ends: they are kept out of the lexical terms, and their share in a text tells its language. Each list holds
articles, pronouns, prepositions, conjunctions, auxiliaries and the commonest adverbs in lower case (casefolded by the
reader), no content words: a word that names a thing, an act or a quality can be what somebody searches for. Negations stay
in the lists where they are grammatical particles; words such as "without" or "against" are left out because they decide
what a sentence means.
"""

from functools import cache

_WORDS: dict[str, str] = {
    "en": """
        a about all also am an and any are as at be been being both but by can could did do does doing done each
        either for from had has have having he her here hers herself him himself his how i if in into is it its itself
        just may me might must my myself nor not of on or other our ours ourselves shall she should so some such than
        that the their theirs them themselves then there these they this those to too us very was we were what when
        where which while who whom whose why will with would you your yours yourself yourselves aren't can't couldn't
        didn't doesn't don't hadn't hasn't haven't he's i'd i'll i'm i've isn't it's let's she's shouldn't that's
        there's they're wasn't we're weren't what's who's won't wouldn't you'd you'll you're you've""",
    "de": """
        aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei
        dadurch daher damit dann darauf das dass dein deine dem den denn der des dessen deren die dies diese diesem
        diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwa etwas euch euer für habe
        haben hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist jede jedem jeden jeder
        jedes jedoch jene kann kein keine keinen können könnte man mein meine mich mir mit muss müssen nach nicht noch
        nur ob oder sehr sein seine seinem seinen seiner seit sich sie sind so soll sollte sowie sondern über um und
        uns unser unter vom von vor war waren warum was wann weil welche welchen welcher welches wenn wer werden wem
        wen wie wieder wir wird wo wurde wurden würde zu zum zur zwischen""",
    "fr": """
        à afin ai ainsi alors après as au aucun aucune aussi autre autres aux avaient avait avant avec avez avoir
        avons c ce ceci cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de depuis des dont
        du elle elles en encore entre es est et étaient était étant été être eu eux fait faut furent fut ici il ils j
        je l la laquelle le lequel les lesquels leur leurs lors lorsque lui m ma mais me même mes moi mon n ne ni nos
        notre nous on ont ou où par parce pas pendant peu peut peuvent plus pour pourquoi puis qu quand que quel
        quelle quelles quels qui quoi s sa se selon sera seront ses si son sont sous suis sur t ta te tes toi ton tous
        tout toute toutes très tu un une vers vos votre vous y""",
    "es": """
        a al algo algún alguna algunas algunos ante antes aquel aquella aquellos así aún aunque cada como cómo con
        cual cuál cuales cuáles cualquier cuando cuándo cuanto cuánto cuántos de del desde donde dónde durante e el él
        ella ellas ellos en entre era eran eres es esa esas ese eso esos esta está estaba estaban están estar estas
        este esto estos fue fueron ha había habían haber han hasta hay la las le les lo los más me mi mí mientras mis
        mismo misma mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por
        porque pues que qué quien quién quienes se sea según ser si sí sido sin sino sobre sólo son soy su sus también
        tan tanto te tiene tienen tener toda todas todo todos tu tú tus u un una unas uno unos usted ustedes y ya yo""",
    "it": """
        a abbia abbiamo ad agli ai al alla alle allo altra altre altri altro anche ancora avere aveva avevano c che
        chi ci ciò come con contro cosa così cui d da dagli dai dal dalla dalle dallo degli dei del della delle dello
        di dopo dove e è ed era erano essere essi fra fu furono gli ha hanno ho i il in io la le lei li lo loro lui ma
        me mentre mi mia mie mio molto ne negli nei nel nella nelle nello noi non nostra nostro o ogni per perché però
        più poi prima può quale quali quando quanti quanto quella quelle quelli quello questa queste questi questo qui
        quindi sarà se sei si sia siano sono sopra stata stati stato su sua sue sugli sui sul sulla sulle suo suoi te
        tra tu tua tuo tutta tutte tutti tutto un una uno vi voi""",
    "pt": """
        a à ao aos aquela aquele aqueles aquilo as às até cada com como da das de dela dele deles depois do dos e é
        ela elas ele eles em entre era eram essa essas esse esses esta está estão estar estas estava este estes eu foi
        foram há isso isto já lhe lhes mais mas me mesma mesmo meu meus minha muito na não nas nem no nos nós nossa
        nosso o onde os ou para pela pelas pelo pelos pode por porque porquê qual quais quando quanto quantos que quê
        quem são se seja sem ser será seu seus só sobre sua suas também tão te tem têm ter tinha toda todas todo todos
        tu tua um uma umas uns você vocês""",
    "nl": """
        aan al alle alles als ben bij bijna binnen daar dan dat de deze die dit doch doen door dus een en er ge geen
        had hadden heb hebben heeft hem het hier hij hoe hun ik in is ja je jij jullie kan kon kunnen kwam maar me
        meer men met mij mijn moet moeten na naar niet nog nu of om omdat ondanks ons onze ook op over reeds sinds te
        tegen toch toen tot tussen u uit uw van veel voor waar waarom wanneer want waren was wat we welk welke werd
        werden wie wij wil word worden wordt zal ze zeer zich zij zijn zo zoals zou zouden zelf""",
    "sv": """
        alla allt än är att av bara blev bli blir då de dem den denna deras dess dessa det detta dig din dina ditt du
        efter ej eller en er ett från för genom ha hade han hans har hon honom hos hur i icke in inom inte jag kan
        kunde man med mellan men mig min mina mitt mot mycket när nu någon något några och om oss på samma sedan sig
        sin sina sitt ska skall skulle så sådan som till under upp ut utan vad var varför varje vara varit vem vid
        vilka vilken vilket vi vår våra även""",
    "da": """
        af alle at blev blive bliver da de dem den denne der deres det dette dig din disse du efter eller en end er et
        for fra ham han hans har havde have hende her hos hun hvad hvem hver hvilken hvis hvor hvordan hvorfor i ikke
        ind jeg jer kan kunne man med meget mellem men mig min mod når noget nogle nu og også om op os over på sig sin
        sit skal skulle som så til ud under var ved vi vil ville være været""",
    "no": """
        alle at av ble bli blir da de deg dem den denne der deres det dette din disse du eller en enn er et etter for
        fra ha hadde han hans har hennes her hos hun hva hvem hver hvilken hvis hvor hvordan hvorfor i ikke inn jeg
        kan kunne man med meg meget mellom men min mot når noe noen nå og også om opp oss over på seg sin sitt skal
        skulle som så til ut under var ved vi vil ville være vært""",
    "fi": """
        ei eivät eli että he heidän hän hänen ja jo joka jos jossa joita jotka kaikki kanssa kuin kuinka kun ja me
        meidän mikä miksi milloin minä missä mitä mukaan mutta myös ne niiden niin noin nyt olen olet oli olisi olivat
        olla on ovat se sekä sen siitä sillä sinä sitä tai te tämä tämän tässä tätä vai vain voi voivat""",
    "pl": """
        a aby ale bo być był była było były będzie ci co czy dla do gdy gdzie go i ich ile im ja jak jako jest jego
        jej już jeśli kiedy kto która które którego której który których lub ma mnie może na nad nie nim od oraz po
        pod przez przed przy są się ta tak także tam te tego tej ten to tylko tym tych u w we więc z za ze że żeby""",
    "cs": """
        a aby ale ani až bez by být byl byla bylo byly co což do i jak jako je jeho jejich její jen ještě již jsem
        jsou k kde kdo kdy která které který ke když má mezi může na nebo není než o od po pod podle pro proč proto
        před při s se si tak také ten to toho tím u v ve však všechny z za ze že""",
    "tr": """
        ama ancak bazı ben beni bir biz bu bunu bunun çok çünkü da daha de değil diye en gibi hem hangi her hiç için
        ile ise kadar kaç ki kim mi mı mu mü nasıl ne neden nerede o olan olarak oldu olduğu onlar onun sen siz sonra
        şey şu tarafından üzere ve veya ya yani""",
    "ro": """
        a acea această aceasta acest aceste acestei acestui ai al ale am ar are au avea că căci când care ca ce cel
        cele cine cu cum da dacă dar de decât din după ea ei el ele era este eu fi fie fost în între îi îl își la le
        lor lui mai mult ne nici noi nu o pe pentru prin sau se și sunt să său sale toate un una unde unei unui unor
        va vor""",
    "hu": """
        a az abban ahogy aki ami amely annak arra azt azok be csak de egy egyik el én és ez ezek ezen ezt fel ha hanem
        hogy hol hogyan illetve is itt ki kell lehet lesz meg mely mert mi miért mikor mint mit nagyon ne nem ő ők
        őket olyan össze pedig s sem szerint tehát vagy valamint van vannak volt voltak után""",
    "ca": """
        a al als amb aquest aquesta aquests aquestes això allò com de del dels des el els en entre era eren és està ha
        han he hi i la les li ho més molt na ni no nos o on per perquè però què qual quals quan que qui sense ser seu
        seva seus si són també tan té tots un una unes uns va van""",
    "id": """
        ada adalah agar akan anda antara apa atau bagaimana bagi bahwa banyak belum berapa bisa dalam dan dapat dari
        dengan di dia hanya harus ia ini itu jika juga kami kapan karena ke kepada kita lebih maka mana masih mengapa
        mereka oleh pada para saat saja sangat saya sebagai sebuah secara sejak seperti serta setelah siapa suatu
        sudah telah tersebut tidak untuk yang""",
    "ru": """
        а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да для до его ее ей если
        есть еще ещё же за здесь и из или им их к как какая какие каких какого какой ко когда кого кто ли лишь между
        меня мне может мы на над не него нее неё нет ни них но ну о об однако он она они оно от по под после потом
        потому почему при с сам свое свои своей своих себя сейчас со сколько так также такой там те тем то тоже того
        той только том ту ты у уже чего чем через что чтобы эта эти этих это этого этой этом этот я""",
    "uk": """
        а або але без би був була були було бути в вас вже ви від він вона вони воно все всі где де для до його є же
        за з зі і із їх й як яка яке який які якщо коли кому ким ми між на навіть не нас наш ні про при по під після
        та також так там тим то того той тому ту ти у це цей ця ці цього цьому чи що щоб я""",
    "bg": """
        а ако без бил била били било бъде в вас вече ви във все всички га го да дали до докато е за защо и из или им
        как какво като кога което които който коя към ли между ми му на над най не него нея ни но обаче от по под при
        с са само се си след сме със също така такъв там те тези то това тогава този той тук тя ще я""",
    "sr": """
        а али без би био била било бити веома већ ви где да до док ће за и из или им иако је један јер још као када
        како ка која које који коју ко ли међу ми може на над не него није него но о од он она они оно по под пре при
        са само се су сам сви та тако те ти то тога у уз што шта""",
    "ar": """
        أن إن إلى أو أي أين إذا إذ ألا أم أما أنا أنت أنه أنها إنه إنها التي الذي الذين اللذان اللاتي بعد بعض بل بها
        به بين بينما تلك تم ثم حتى حول حيث خلال ذلك سوف ضد عن عند عندما على عليه عليها غير في فيه فيها فإن قبل قد كان
        كانت كانوا كل كم كما كيف لا لدى لقد لكن لم لما لماذا لن له لها لهم ليس ليست ما ماذا متى مثل مع من منذ منه منها
        من نحن نحو هذا هذه هم هل هنا هناك هو هي هؤلاء و وقد وكان ولا ولم وما وهو وهي يكون""",
    "fa": """
        آن آنها از است اگر اما این اینکه با باید بر برای بود بودند به بی تا چه چرا چگونه چند چون خود در درباره دیگر را
        زیرا شد شده شود کجا کدام که کرد کرده کند کنند کی ما من مورد نیز نه هر هم همه همین هیچ و ولی وی یا یک""",
    "el": """
        αλλά αν από αυτά αυτές αυτή αυτής αυτό αυτοί αυτός αυτού για δε δεν εάν είναι εκ ένα έναν ένας έχει έχουν ή η
        ήταν θα και κατά με μετά μέσα μη μην μια μία μπορεί να ο οι όμως όπως όταν ότι ου όχι πιο που πού προς πριν
        πώς σαν σε στα στη στην στις στο στον στους τα τη την της τι τις το τον του τους των χωρίς ως""",
    "hi": """
        अपना अपनी अपने अब आप इन इस इसका इसकी इसके इसमें इसे उन उनका उनकी उनके उस उसका उसकी उसके उसे एक एवं ऐसे और कर
        करता करते करना करने का किया किस किसी की के को कौन क्या क्यों गया गई गए जब जहाँ जा जो तक तथा तो था थी थे द्वारा
        नहीं ने पर बहुत भी मैं में यदि यह यहाँ या ये रहा रहे लिए वह वे से सभी साथ हम हुआ हुई हुए है हैं हो होता होती
        होते""",
}

LANGUAGES: tuple[str, ...] = tuple(_WORDS)


@cache
def stop_words(language: str) -> frozenset[str]:
    """The function words of ``language`` (ISO 639-1), casefolded; empty for a language without a list."""
    return frozenset(word.casefold() for word in _WORDS.get(language, "").split())
